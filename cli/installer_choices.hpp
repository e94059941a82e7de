// The options of what is installed into environments: from where, and which packages.
#pragma once

#include "cli/option_parser.hpp"
#include "frontend/build_options.hpp"
#include "frontend/installer_options.hpp"
#include "ipc/error.hpp"

#include <string>
#include <vector>

namespace axle::cli {

/// Must outlive the parser.
class InstallerChoices {
 public:
  void add_to(OptionParser& parser);
  /// With isolation, the constraints that PIP_BUILD_CONSTRAINT and UV_BUILD_CONSTRAINT name count
  /// too. Fails with `errc::usage` for a constraints file that is not there, and for hashes that
  /// are required and cannot be known; as `copy_of_piped` does, for constraints that come by a
  /// pipe.
  [[nodiscard]] Result<frontend::InstallerOptions> options(frontend::Isolation isolation) const;
  [[nodiscard]] const std::vector<std::string>& extra_requirements() const { return extra_; }

 private:
  const OptionParser* parser_ = nullptr;
  std::vector<std::string> constraints_;
  bool require_hashes_ = false;
  std::string index_;
  std::vector<std::string> extra_indexes_;
  std::vector<std::string> find_links_;
  std::string exclude_newer_;
  std::vector<std::string> extra_;
};

}  // namespace axle::cli
