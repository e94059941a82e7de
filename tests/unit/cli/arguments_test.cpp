#include "cli/arguments.hpp"

#include "tests/support/scoped_variable.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace axle::cli;
using namespace axle::frontend;
using namespace std::chrono_literals;
using axle::errc;
using axle::Error;
using Words = std::vector<std::string>;

TEST_SUITE_BEGIN("cli::arguments");

namespace {

template <class Command>
Command parsed(const Words& words) {
  const auto arguments = parse_arguments(words);
  if (!arguments) FAIL("refused: " << arguments.error().message);
  REQUIRE(std::holds_alternative<Command>(*arguments));
  return std::get<Command>(*arguments);
}

Error refused(const Words& words) {
  CAPTURE(words.size());
  const auto arguments = parse_arguments(words);
  REQUIRE(!arguments);
  CHECK(arguments.error().code == errc::usage);
  return arguments.error();
}

BuildArguments build(Words words) {
  words.insert(words.begin(), "build");
  return parsed<BuildArguments>(words);
}

}  // namespace

TEST_CASE("axle build alone builds the current folder with every default") {
  const auto arguments = build({});
  CHECK(arguments.sources == std::vector<std::filesystem::path>{"."});
  CHECK_FALSE(arguments.plan.sdist);
  CHECK_FALSE(arguments.plan.wheel);
  CHECK_FALSE(arguments.plan.editable);
  CHECK(arguments.output_directory.empty());
  CHECK(arguments.common.verbosity == Verbosity::normal);
  CHECK(arguments.common.color == ColorChoice::automatic);
  CHECK(arguments.common.settings.each.empty());
  const BuildOptions& options = arguments.common.options;
  CHECK(options.isolation == Isolation::isolated);
  CHECK(options.installer == InstallerChoice::automatic);
  CHECK(options.hook_isolation == HookIsolation::forked);
  CHECK(options.python == "python3");
  CHECK_FALSE(options.hook_timeout.has_value());
}

TEST_CASE("An editable wheel is built by itself and into a folder that was chosen") {
  CHECK(refused({"build", "-e"}).code == errc::usage);
  CHECK(refused({"build", "-e"}).hint.contains("--outdir"));
  CHECK(refused({"build", "-ew", "-o", "out"}).code == errc::usage);
  CHECK(refused({"build", "-es", "-o", "out"}).code == errc::usage);
}

TEST_CASE("Each letter is its long option") {
  for (const Words& words : {Words{"-s", "-w"}, {"-sw"}, {"--sdist", "--wheel"}}) {
    const auto arguments = build(words);
    CHECK(arguments.plan.sdist);
    CHECK(arguments.plan.wheel);
    CHECK_FALSE(arguments.plan.editable);
  }
  for (const Words& words : {Words{"-e", "-o", "out"}, {"--editable", "--outdir", "out"}}) {
    const auto arguments = build(words);
    CHECK(arguments.plan.editable);
    CHECK_FALSE(arguments.plan.wheel);
  }
  for (const Words& words :
       {Words{"-o", "out"}, {"-oout"}, {"--outdir", "out"}, {"--outdir=out"}}) {
    CHECK(build(words).output_directory == "out");
  }
  for (const char* word : {"-n", "--no-isolation"}) {
    CHECK(build({word}).common.options.isolation == Isolation::none);
  }
  for (const Words& words : {Words{"-C", "a=1", "src"},
                             {"-Ca=1", "src"},
                             {"--config-setting", "a=1", "src"},
                             {"src", "--config-setting=a=1"}}) {
    const auto arguments = build(words);
    CHECK(arguments.common.settings.each == Words{"a=1"});
    CHECK(arguments.sources == std::vector<std::filesystem::path>{"src"});
  }
}

TEST_CASE("Options and sources may stand in any order") {
  const auto arguments =
      build({"one", "-w", "two", "-o", "out", "three", "--", "-four", "--wheel"});
  CHECK(arguments.sources ==
        std::vector<std::filesystem::path>{"one", "two", "three", "-four", "--wheel"});
  CHECK(arguments.plan.wheel);
  CHECK(arguments.output_directory == "out");
}

TEST_CASE("A source may have the name of a command or brackets") {
  CHECK(build({"metadata", "build", "[a,b]"}).sources ==
        std::vector<std::filesystem::path>{"metadata", "build", "[a,b]"});
}

TEST_CASE("Config settings keep their order and every character") {
  const Words settings{"a=1", "a=2", "bare", "--build-option=--plat x", "x=[1,2]", "k= v ", "e="};
  Words words;
  for (const std::string& setting : settings) {
    words.push_back("-C");
    words.push_back(setting);
  }
  CHECK(build(words).common.settings.each == settings);
}

TEST_CASE("Options with a value take each of their values") {
  CHECK(build({"--installer", "uv"}).common.options.installer == InstallerChoice::uv);
  CHECK(build({"--installer", "pip"}).common.options.installer == InstallerChoice::pip);
  CHECK(build({"--installer", "auto"}).common.options.installer == InstallerChoice::automatic);
  CHECK(build({"--hook-isolation", "forked"}).common.options.hook_isolation ==
        HookIsolation::forked);
  CHECK(build({"--hook-isolation", "inline"}).common.options.hook_isolation ==
        HookIsolation::in_line);
  CHECK(build({"--hook-isolation", "fresh"}).common.options.hook_isolation == HookIsolation::fresh);
  CHECK(build({"--color", "auto"}).common.color == ColorChoice::automatic);
  CHECK(build({"--color", "always"}).common.color == ColorChoice::always);
  CHECK(build({"--color=never"}).common.color == ColorChoice::never);
  CHECK(build({"--python", "/opt/python"}).common.options.python == "/opt/python");
  CHECK(build({"--timeout", "5m"}).common.options.hook_timeout == 5min);
  CHECK(build({"--timeout", "90"}).common.options.hook_timeout == 90s);
  CHECK(build({"--idle-timeout", "90"}).common.options.hook_idle_timeout == 90s);
}

TEST_CASE("Builds side by side are counted, or one for each processor") {
  CHECK(build({}).jobs == 1);
  for (const Words& words :
       {Words{"-j4", "a"}, {"-j", "4", "a"}, {"--jobs", "4", "a"}, {"a", "--jobs=4"}}) {
    const auto arguments = build(words);
    CHECK(arguments.jobs == 4);
    CHECK(arguments.sources == std::vector<std::filesystem::path>{"a"});
  }
  for (const Words& words :
       {Words{"-j", "a"}, {"-j0", "a"}, {"a", "-j"}, {"--jobs", "a"}, {"-j", "-w", "a"}}) {
    const auto arguments = build(words);
    CHECK(arguments.jobs == 0);
    CHECK(arguments.sources == std::vector<std::filesystem::path>{"a"});
  }
  CHECK(build({"--", "-j"}).sources == std::vector<std::filesystem::path>{"-j"});
  for (const auto& words : {Words{"-j", "a"}, {"b", "--jobs", "a", "c"}}) {
    CHECK(build(words).jobs_or_source == "a");
  }
  for (const auto& words : {Words{"-j4", "a"}, {"-j", "4", "a"}, {"a", "-j"}, {"-j", "-w", "a"}}) {
    CHECK(build(words).jobs_or_source.empty());
  }
  for (const char* word : {"-jx", "--jobs=-1", "--jobs=4x", "--jobs=99999"}) {
    const Error error = refused({"build", word});
    CHECK(error.message.starts_with("--jobs cannot be"));
    CHECK(error.hint.contains("processor"));
  }
  CHECK(refused({"metadata", "-j2"}).code == errc::usage);
}

TEST_CASE("The failure of one build is told to be the end of the others, or not") {
  using axle::frontend::AfterFailure;
  CHECK(build({}).after_failure == AfterFailure::go_on);
  CHECK(build({"--keep-going"}).after_failure == AfterFailure::go_on);
  CHECK(build({"--fail-fast"}).after_failure == AfterFailure::stop_others);
  CHECK(build({"--fail-fast"}).grace == 0s);
  CHECK(build({"--fail-fast", "--grace", "2"}).grace == 2s);
  CHECK(build({"--fail-fast", "--grace", "0"}).grace == 0s);
  CHECK(build({"--fail-fast", "--grace=500ms"}).grace == 500ms);
  CHECK(refused({"build", "--fail-fast", "--keep-going"}).message.contains("exclude"));
  CHECK(refused({"build", "--grace", "2"}).hint == "add --fail-fast");
  CHECK(refused({"build", "--fail-fast", "--grace", "-2"}).code == errc::usage);
}

TEST_CASE("Of an option that is given twice the last one counts") {
  CHECK(build({"-o", "a", "-o", "b"}).output_directory == "b");
  CHECK(build({"--color", "always", "--color", "never"}).common.color == ColorChoice::never);
  CHECK(build({"-w", "-w"}).plan.wheel);
}

TEST_CASE("Of the commands only build takes several interpreters, each once") {
  CHECK(build({}).common.pythons.empty());
  const auto several = build({"-p", "3.11", "-p", "3.12", "--python", "3.11", "src"});
  CHECK(several.common.pythons == Words{"3.11", "3.12"});
  CHECK(several.common.options.python == "3.11");
  CHECK(several.sources == std::vector<std::filesystem::path>{"src"});
  CHECK(refused({"metadata", "-p", "3.11", "-p", "3.12"}).hint == "say --python once");
  const axle::test::ScopedVariable variable("AXLE_PYTHON", "3.11 '/a b/python'");
  CHECK(build({}).common.pythons == Words{"3.11", "/a b/python"});
  CHECK(parsed<MetadataArguments>({"metadata"}).common.options.python == "3.11");
}

TEST_CASE("Verbosity is counted up and down and has its ends") {
  CHECK(build({"-v"}).common.verbosity == Verbosity::verbose);
  CHECK(build({"-vv"}).common.verbosity == Verbosity::detailed);
  CHECK(build({"-v", "--verbose", "-vv"}).common.verbosity == Verbosity::detailed);
  CHECK(build({"-q"}).common.verbosity == Verbosity::errors);
  CHECK(build({"--quiet", "-q"}).common.verbosity == Verbosity::brief_errors);
  CHECK(build({"-qqq"}).common.verbosity == Verbosity::brief_errors);
}

TEST_CASE("metadata and requires take one source") {
  CHECK(parsed<MetadataArguments>({"metadata"}).source == ".");
  CHECK(parsed<MetadataArguments>({"metadata", "-n", "src"}).source == "src");
  CHECK(parsed<RequiresArguments>({"requires", "src"}).source == "src");
  CHECK(parsed<RequiresArguments>({"requires"}).kind == ArtifactKind::wheel);
  CHECK(parsed<RequiresArguments>({"requires", "-s"}).kind == ArtifactKind::sdist);
  CHECK(parsed<RequiresArguments>({"requires", "-w"}).kind == ArtifactKind::wheel);
  CHECK(parsed<RequiresArguments>({"requires", "--editable"}).kind == ArtifactKind::editable);
  CHECK(refused({"metadata", "a", "b"}).message.contains("\"b\""));
  CHECK(refused({"requires", "a", "b"}).message.contains("\"b\""));
  CHECK(refused({"requires", "-s", "-e"}).message.contains("exclude"));
}

TEST_CASE("hook takes a source and one of the eight hooks") {
  const auto arguments = parsed<HookArguments>(
      {"hook", ".", "build_wheel", "--kwargs", R"({"config_settings": {"a": "1"}})", "-o", "out"});
  CHECK(arguments.source == ".");
  CHECK(arguments.hook == "build_wheel");
  CHECK(arguments.kwargs.text == R"({"config_settings": {"a": "1"}})");
  CHECK(arguments.output_directory == "out");
  CHECK(parsed<HookArguments>({"hook", ".", "build_sdist"}).kwargs.text == "{}");
  CHECK(refused({"hook", "."}).hint.contains("axle hook . build_wheel"));
  CHECK(refused({"hook", ".", "build_wheel", "x"}).message.contains("SOURCE and a HOOK"));
  CHECK(refused({"hook", ".", "build_weel"}).hint == "did you mean build_wheel?");
  CHECK(refused({"hook", ".", "_exit"}).hint.contains("build_editable"));
  CHECK(refused({"hook", ".", "build_wheel", "--kwargs", "[]"}).message.starts_with("--kwargs"));
}

TEST_CASE("An unknown option is answered with the one that was meant") {
  const Error error = refused({"build", "--outdri", "dist"});
  CHECK(error.message == "axle build has no option --outdri");
  CHECK(error.hint == "did you mean --outdir?");
  CHECK(refused({"build", "--weel=yes"}).hint == "did you mean --wheel?");
  CHECK(refused({"build", "--no-isolaton"}).hint == "did you mean --no-isolation?");
  CHECK(refused({"build", "--config-settings", "a=1"}).hint == "did you mean --config-setting?");
  CHECK(refused({"build", "-y"}).message.ends_with("-y"));
  CHECK(refused({"build", "-y"}).hint == "see axle build --help");
  CHECK(refused({"metadata", "--outdir", "x"}).message == "axle metadata has no option --outdir");
}

TEST_CASE("A value that is missing or unknown is told with the option") {
  CHECK(refused({"build", "-o"}).message == "--outdir needs a value");
  CHECK(refused({"build", "--color"}).message == "--color needs a value");
  CHECK(refused({"build", "-C"}).message == "--config-setting needs a value");
  CHECK(refused({"build", "--color", "alway"}).message == "--color cannot be \"alway\"");
  CHECK(refused({"build", "--color", "alway"}).hint == "did you mean always?");
  CHECK(refused({"build", "--installer", "conda"}).hint == "one of auto, uv, pip");
  CHECK(refused({"build", "--hook-isolation", "frehs"}).hint == "did you mean fresh?");
  CHECK(refused({"build", "--timeout", "soon"}).hint.contains("90s"));
  CHECK(refused({"build", "--idle-timeout", "0"}).code == errc::usage);
  CHECK(refused({"build", "--wheel=no"}).message == "--wheel takes no value");
  CHECK(refused({"build", ""}).message == "an argument is empty");
}

TEST_CASE("Options that contradict each other are refused") {
  CHECK(refused({"build", "-n", "--installer", "uv"}).message.contains("exclude"));
  CHECK(refused({"build", "-q", "-v"}).message.contains("exclude"));
}

TEST_CASE("An unknown command is answered with the one that was meant") {
  CHECK(refused({"biuld"}).hint == "did you mean axle build?");
  CHECK(refused({"meta"}).hint == "did you mean axle metadata?");
  CHECK(refused({"install"}).hint == "see axle --help");
  CHECK(refused({"."}).hint == "did you mean axle build .?");
  CHECK(refused({"../foo"}).hint == "did you mean axle build ../foo?");
  CHECK(refused({"--wheel"}).hint.contains("axle build --wheel"));
  CHECK(refused({"help", "biuld"}).hint == "did you mean axle build?");
}

TEST_CASE("Help and version may be asked for in many ways") {
  for (const Words& words : {Words{"--help"}, {"-h"}, {"help"}}) {
    const auto help = parsed<Help>(words);
    CHECK(help.asked == Help::Asked::yes);
    CHECK(help.text.contains("Usage: axle COMMAND"));
  }
  for (const Words& words : {Words{"build", "--help"},
                             {"build", "-h"},
                             {"help", "build"},
                             {"build", "src", "-w", "--help"},
                             {"build", "--no-such", "--help"}}) {
    CHECK(parsed<Help>(words).text.contains("Usage: axle build"));
  }
  CHECK(parsed<Help>({"hook", "--help"}).text.contains("Usage: axle hook"));
  parsed<Version>({"--version"});
  parsed<Version>({"-V"});
}

TEST_CASE("axle alone shows the help that nobody asked for") {
  const auto help = parsed<Help>({});
  CHECK(help.asked == Help::Asked::no);
  CHECK(help.text == parsed<Help>({"--help"}).text);
}

TEST_CASE("Options say how fresh an environment has to be, and whether there is a network") {
  CHECK_FALSE(build({}).common.options.environments_since.has_value());
  CHECK(build({}).common.options.environment_max_age == 24h);
  CHECK(build({}).common.options.network == Network::allowed);
  const auto before = std::chrono::system_clock::now();
  CHECK(build({"--refresh"}).common.options.environments_since >= before);
  CHECK(build({"--offline"}).common.options.network == Network::none);
  refused({"build", "--offline", "--refresh"});
  refused({"build", "--offline", "--no-isolation"});
  refused({"build", "--refresh", "-n"});
}

TEST_CASE("AXLE_ENVIRONMENT_MAX_AGE says how old an environment may be") {
  const auto with = [](const std::string& value) {
    const axle::test::ScopedVariable variable("AXLE_ENVIRONMENT_MAX_AGE", value);
    return build({}).common.options.environment_max_age;
  };
  CHECK(with("") == 24h);
  CHECK(with("0") == 0ms);
  CHECK(with("90") == 90s);
  CHECK(with("7d") == 7 * 24h);
  const axle::test::ScopedVariable variable("AXLE_ENVIRONMENT_MAX_AGE", "tomorrow");
  CHECK(refused({"build"}).message.contains("AXLE_ENVIRONMENT_MAX_AGE"));
}

TEST_CASE("axle env is told what to do, and each option belongs to one action") {
  using Action = EnvArguments::Action;
  CHECK(parsed<EnvArguments>({"env", "list"}).action == Action::list);
  CHECK(parsed<EnvArguments>({"env", "list", "--json"}).json);
  const auto path = parsed<EnvArguments>({"env", "path", "-s", "../foo"});
  CHECK(path.action == Action::path);
  CHECK(path.source == "../foo");
  CHECK(path.kind == ArtifactKind::sdist);
  CHECK(parsed<EnvArguments>({"env", "path"}).source == ".");
  CHECK(parsed<EnvArguments>({"env", "path", "--key", "12"}).key == "12");
  CHECK(parsed<EnvArguments>({"env", "prune"}).older_than == 30 * 24h);
  CHECK(parsed<EnvArguments>({"env", "prune", "--older-than", "12h"}).older_than == 12h);
  CHECK(parsed<EnvArguments>({"env", "clear"}).action == Action::clear);
  CHECK(refused({"env", "lst"}).hint.contains("list"));
  for (const Words& words : {Words{"env"},
                             {"env", "list", "foo"},
                             {"env", "clear", "--json"},
                             {"env", "clear", "--older-than", "1h"},
                             {"env", "prune", "--older-than", "yesterday"},
                             {"env", "prune", "--key", "1"},
                             {"env", "list", "--sdist"},
                             {"env", "path", "foo", "--key", "1"},
                             {"env", "path", "foo", "bar"},
                             {"env", "path", "-s", "-w"}}) {
    refused(words);
  }
}

TEST_SUITE_END();
