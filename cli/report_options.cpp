#include "cli/report_options.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace axle::cli {

void FormatOption::add_to(OptionParser& parser,
                          const char* group,
                          const char* json,
                          Standing standing) {
  description_ = fmt::format("text (default), or json: {}", json);
  parser.option(
      group, "--format", "FORMAT", format_, description_.c_str(), {"text", "json"}, standing);
}

Result<Format> FormatOption::format() const {
  if (format_ == "text") return Format::text;
  if (format_ == "json") return Format::json;
  constexpr std::array<std::string_view, 2> formats{"text", "json"};
  return fail(errc::usage,
              fmt::format("--format cannot be \"{}\"", format_),
              did_you_mean(format_, formats, "one of text, json"));
}

void ReportOptions::add_to(OptionParser& parser) {
  add_file_to(parser);
  constexpr const char* group = "For programs";
  parser.option(group, "--events", "FILE|FD", events_, "Write events as they come");
  format_.add_to(parser, group, "the report");
  parser.option(group, "--dotenv", "FILE", dotenv_, "Write BUILT_WHEEL=... for later CI jobs");
}

void ReportOptions::add_file_to(OptionParser& parser) {
  parser.option("For programs", "--report", "FILE", report_, "Write what came of it, as JSON");
}

Result<ReportArguments> ReportOptions::arguments() const {
  ReportArguments arguments;
  arguments.file = report_;
  arguments.events = events_;
  arguments.dotenv = dotenv_;
  TRY(arguments.format, format_.format());
  return arguments;
}

}  // namespace axle::cli
