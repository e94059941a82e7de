#include "cli/batch_options.hpp"

#include "cli/quantity.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace axle::cli {
namespace {

bool is_number(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

// The word after such a "-j", which may have been meant as its number.
std::string after_bare(std::span<const std::string> words) {
  for (std::size_t i = 0; i + 1 < words.size() && words[i] != "--"; ++i) {
    const bool bare = words[i] == "-j" || words[i] == "--jobs";
    if (bare && !is_number(words[i + 1]) && !words[i + 1].starts_with('-')) return words[i + 1];
  }
  return {};
}

}  // namespace

void BatchOptions::add_to(OptionParser& parser) {
  const char* group = "Several projects";
  parser.option(group, "-j,--jobs", "[N]", jobs_, "Builds side by side (1); -j: one a processor");
  parser.flag(group, "--keep-going", keep_going_, "Go on when one cannot be built (default)");
  parser.flag(group, "--fail-fast", fail_fast_, "Stop the others then");
  parser.option(
      group, "--grace", "SECONDS", grace_, "Time for the others to end by themselves (0)");
  parser.exclude("keep-going", "fail-fast");
  parser_ = &parser;
}

std::vector<std::string> BatchOptions::with_numbers(std::span<const std::string> words) {
  std::vector<std::string> whole;
  for (std::size_t i = 0; i < words.size(); ++i) {
    whole.push_back(words[i]);
    if (words[i] == "--") {
      whole.insert(whole.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    const bool bare = words[i] == "-j" || words[i] == "--jobs";
    if (bare && (i + 1 == words.size() || !is_number(words[i + 1]))) whole.back() = "--jobs=0";
  }
  return whole;
}

Result<> BatchOptions::put_into(BuildArguments& arguments,
                                std::span<const std::string> words) const {
  arguments.jobs_or_source = after_bare(words);
  if (!jobs_.empty()) {
    if (!is_number(jobs_) || jobs_.size() > 4) {
      return fail(errc::usage,
                  fmt::format("{} cannot be \"{}\"", parser_->origin("jobs"), jobs_),
                  "a number up to 9999; 0 is one for each processor");
    }
    arguments.jobs = static_cast<std::size_t>(std::stoul(jobs_));
  }
  if (parser_->said_on_command_line("grace") && !fail_fast_) {
    return fail(errc::usage, "--grace says how --fail-fast ends the others", "add --fail-fast");
  }
  if (fail_fast_) arguments.after_failure = frontend::AfterFailure::stop_others;
  if (!grace_.empty() && grace_ != "0") {
    TRY(arguments.grace, parser_->checked("grace", parse_duration(grace_)));
  }
  return {};
}

}  // namespace axle::cli
