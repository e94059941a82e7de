// The options of several builds in one run: how many at once, and what the failure of one means for
// the others.
#pragma once

#include "cli/build_arguments.hpp"
#include "cli/option_parser.hpp"
#include "ipc/error.hpp"

#include <span>
#include <string>
#include <vector>

namespace axle::cli {

/// -j, --keep-going, --fail-fast, --grace. Must outlive the parser.
class BatchOptions {
 public:
  void add_to(OptionParser& parser);

  /// `words` for the parser: "-j" without a number, as people write it for make, is one with.
  static std::vector<std::string> with_numbers(std::span<const std::string> words);

  /// What was said in `words`, once the parser is done. Fails with `errc::usage`.
  Result<> put_into(BuildArguments& arguments, std::span<const std::string> words) const;

 private:
  const OptionParser* parser_ = nullptr;
  std::string jobs_;
  bool keep_going_ = false;
  bool fail_fast_ = false;
  std::string grace_;
};

}  // namespace axle::cli
