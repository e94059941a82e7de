#include "cli/report_options.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace axle::cli {

void ReportOptions::add_to(OptionParser& parser) {
  constexpr const char* group = "For programs";
  parser.option(group, "--report", "FILE", report_, "Write what came of it, as JSON");
  parser.option(group,
                "--format",
                "FORMAT",
                format_,
                "text (default), or json: the report",
                {"text", "json"});
}

Result<ReportArguments> ReportOptions::arguments() const {
  ReportArguments arguments;
  arguments.file = report_;
  if (format_ == "json") {
    arguments.format = Format::json;
  } else if (format_ != "text") {
    constexpr std::array<std::string_view, 2> formats{"text", "json"};
    return fail(errc::usage,
                fmt::format("--format cannot be \"{}\"", format_),
                did_you_mean(format_, formats, "one of text, json"));
  }
  return arguments;
}

}  // namespace axle::cli
