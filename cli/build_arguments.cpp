// axle build: its options, and what they make of each other.
#include "cli/build_arguments.hpp"

#include "cli/batch_options.hpp"
#include "cli/command_arguments.hpp"
#include "cli/common_options.hpp"
#include "cli/kind_options.hpp"
#include "cli/option_parser.hpp"
#include "cli/report_options.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace axle::cli {
namespace {

// An editable wheel may bear the name of the wheel, and would be handed on in its place.
Result<> check_editable(const BuildArguments& arguments) {
  const frontend::Plan& plan = arguments.plan;
  if (!plan.editable) return {};
  if (plan.sdist || plan.wheel) {
    return fail(errc::usage,
                "--editable excludes --sdist and --wheel: an editable wheel may have the name of "
                "the wheel and would replace it",
                "build it by itself, with another --outdir");
  }
  if (arguments.common.options.workplace == frontend::Workplace::copy) {
    return fail(errc::usage,
                fmt::format("--editable excludes {}: an editable wheel leads to the source tree",
                            plan.twice ? "--reproducible" : "--no-litter"));
  }
  if (arguments.output_directory.empty()) {
    return fail(errc::usage,
                "an editable wheel is for this machine only (PEP 660)",
                "choose a folder for it with --outdir");
  }
  return {};
}

Result<> check_env_dir(const BuildArguments& arguments) {
  const bool is_one = arguments.sources.size() < 2 && arguments.common.pythons.size() < 2;
  if (is_one || !arguments.common.options.environment_directory) return {};
  return fail(errc::usage,
              "--env-dir is the environment of one project with one interpreter",
              "run axle build for each, or leave it out: kept environments have paths that stay");
}

}  // namespace

Result<Arguments> parse_build(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::build, files);
  KindOptions kinds;
  BatchOptions batch;
  ReportOptions report;
  CommonOptions common(CommonOptions::Interpreters::several);
  BuildArguments arguments;
  std::string output_directory;
  bool reproducible = false;
  bool clear = false;
  bool list = false;
  parser.argument({.name = "SOURCE", .repeats = true});
  kinds.add_to(parser, "What to build (else an sdist, and a wheel from it)", Standing::project);
  parser.option("Output",
                "-o,--outdir",
                "DIR",
                output_directory,
                "Where artifacts go (SOURCE/dist)",
                {},
                Standing::project);
  parser.flag("Output",
              "--reproducible",
              reproducible,
              "Build twice, and fail where that differs",
              Standing::project);
  parser.flag("What to build (else an sdist, and a wheel from it)",
              "--list",
              list,
              "Say what would be built, and build nothing",
              Standing::command_line);
  parser.flag("Output", "--clear", clear, "Remove what was built there before");
  batch.add_to(parser);
  report.add_to(parser);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(BatchOptions::with_numbers(words)));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  TRY(arguments.common.report, report.arguments());
  TRY(batch.put_into(arguments, words));
  arguments.plan = kinds.plan();
  arguments.plan.twice = reproducible;
  if (reproducible) arguments.common.options.workplace = frontend::Workplace::copy;
  arguments.output_directory = output_directory;
  if (list) arguments.list = std::exchange(arguments.common.report, {}).format;
  if (clear) arguments.earlier = BuildArguments::Earlier::removed;
  TRY(check_editable(arguments));
  if (!parser.words().empty()) {
    arguments.sources.assign(parser.words().begin(), parser.words().end());
  }
  TRY(common.check_projects(arguments.sources));
  TRY(check_env_dir(arguments));
  return arguments;
}

}  // namespace axle::cli
