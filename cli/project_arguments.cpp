// axle metadata, requires and hook: their options.
#include "cli/project_arguments.hpp"

#include "cli/command_arguments.hpp"
#include "cli/command_words.hpp"
#include "cli/common_options.hpp"
#include "cli/json.hpp"
#include "cli/kind_options.hpp"
#include "cli/option_parser.hpp"
#include "cli/report_options.hpp"
#include "cli/setting_arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

namespace axle::cli {
Result<Arguments> parse_metadata(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::metadata, files);
  ReportOptions report;
  CommonOptions common;
  MetadataArguments arguments;
  parser.argument({.name = "SOURCE"});
  report.add_file_to(parser);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  TRY(arguments.common.report, report.arguments());
  TRY(arguments.source, only_source(Command::metadata, parser));
  TRY(common.check_projects({&arguments.source, 1}));
  return arguments;
}

Result<Arguments> parse_requires(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::requirements, files);
  KindOptions kinds;
  ReportOptions report;
  CommonOptions common;
  RequiresArguments arguments;
  parser.argument({.name = "SOURCE"});
  kinds.add_to(parser, "Requirements of (the wheel, unless you choose)");
  report.add_file_to(parser);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  TRY(arguments.common.report, report.arguments());
  TRY(arguments.source, only_source(Command::requirements, parser));
  TRY(common.check_projects({&arguments.source, 1}));
  TRY(arguments.kind, kinds.only_kind("axle requires answers for one of them"));
  return arguments;
}

Result<Arguments> parse_hook(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::hook, files);
  ReportOptions report;
  CommonOptions common;
  HookArguments arguments;
  std::string kwargs;
  std::string output_directory;
  parser.argument({.name = "SOURCE"});
  parser.argument({.name = "HOOK", .choices = {hook_names().begin(), hook_names().end()}});
  constexpr auto here = Standing::command_line;
  const char* description = "Arguments of the hook, as a JSON object";
  parser.option("The call", "--kwargs", "JSON", kwargs, description, {}, here);
  parser.option("The call",
                "-o,--outdir",
                "DIR",
                output_directory,
                "Its directory for output (SOURCE/dist)",
                {},
                Standing::project);
  report.add_file_to(parser);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  TRY(arguments.common.report, report.arguments());
  if (parser.words().size() != 2) {
    return fail(
        errc::usage, "axle hook takes a SOURCE and a HOOK", "for example: axle hook . build_wheel");
  }
  arguments.source = parser.words()[0];
  TRY(common.check_projects({&arguments.source, 1}));
  arguments.hook = parser.words()[1];
  const auto known = hook_names();
  if (std::ranges::find(known, arguments.hook) == known.end()) {
    return fail(
        errc::usage,
        fmt::format("there is no hook \"{}\"", arguments.hook),
        did_you_mean(arguments.hook, known, fmt::format("one of {}", fmt::join(known, ", "))));
  }
  if (!kwargs.empty()) {
    auto object = json_object(kwargs);
    if (!object) return fail(errc::usage, "--kwargs: " + object.error().message);
    arguments.kwargs = *object;
  }
  arguments.output_directory = output_directory;
  return arguments;
}

}  // namespace axle::cli
