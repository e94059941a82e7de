#include "cli/help.hpp"

#include "cli/arguments.hpp"

#include <doctest/doctest.h>

#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

using namespace axle::cli;

TEST_SUITE_BEGIN("cli::help");

namespace {

std::string help_of(const std::string& command) {
  const std::vector<std::string> words{command, "--help"};
  return std::get<Help>(parse_arguments(words).value()).text;
}

std::vector<std::string> all_texts() {
  std::vector<std::string> texts{program_help()};
  for (const std::string_view name : command_names()) texts.push_back(help_of(std::string(name)));
  return texts;
}

}  // namespace

TEST_CASE("Every command has a name that leads back to it") {
  for (const std::string_view name : command_names()) {
    REQUIRE(command_of(name).has_value());
    CHECK(to_string(*command_of(name)) == name);
    CHECK(program_help().contains("\n  " + std::string(name) + " "));
  }
  CHECK_FALSE(command_of("").has_value());
}

TEST_CASE("Every help fits a terminal of 80 columns and ends with the exit codes") {
  for (const std::string& text : all_texts()) {
    CHECK(text.ends_with("141: nobody reads standard output\n"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(line.size() <= 80);
      CHECK_FALSE(line.ends_with(' '));
      CHECK_FALSE(line.contains('\t'));
    }
  }
}

TEST_CASE("No two options of a command have one name or one letter") {
  for (const std::string_view command : command_names()) {
    CAPTURE(command);
    const std::vector<std::string> words{std::string(command), "--help"};
    const auto help = std::get<Help>(parse_arguments(words).value());
    std::set<std::string> names;
    for (const auto& option : help.description.options) {
      CAPTURE(option.name);
      CHECK(option.name.size() > 1);
      CHECK(names.insert(option.name).second);
      if (!option.letter.empty()) CHECK(names.insert(option.letter).second);
    }
    CHECK(names.contains("help"));
  }
}

TEST_CASE("Every option of a command is listed once, with a description") {
  const std::string text = help_of("build");
  for (const char* option : {"  -s, --sdist ",
                             "  -w, --wheel ",
                             "  -e, --editable ",
                             "  -o, --outdir DIR ",
                             "  -n, --no-isolation ",
                             "  -C, --config-setting KEY[=VALUE] ",
                             "      --installer NAME ",
                             "  -p, --python PATH ",
                             "      --timeout SECONDS ",
                             "      --hook-isolation MODE ",
                             "  -v, --verbose ",
                             "  -q, --quiet ",
                             "      --color WHEN ",
                             "  -h, --help "}) {
    CAPTURE(option);
    const std::size_t found = text.find(option);
    REQUIRE(found != std::string::npos);
    CHECK(text.find(option, found + 1) == std::string::npos);
  }
}

TEST_CASE("Every example in the help is a command line that is understood") {
  const std::regex example("\n  (axle [^\n]*?)(  +[^\n]*)?(?=\n)");
  for (const std::string& text : all_texts()) {
    const std::size_t begin = text.find("Examples:");
    REQUIRE(begin != std::string::npos);
    const std::string examples = text.substr(begin, text.find("\n\n", begin) + 1 - begin);
    int count = 0;
    for (std::sregex_iterator it(examples.begin(), examples.end(), example), end; it != end; ++it) {
      std::string line = (*it)[1];
      CAPTURE(line);
      line = line.substr(0, line.find_first_of("|>"));
      std::istringstream stream(line.substr(5));
      std::vector<std::string> words;
      // Quotes are the shell's; --kwargs is the only one whose value has blanks.
      for (std::string word; stream >> word && word != "--kwargs";) words.push_back(word);
      CHECK(parse_arguments(words).has_value());
      ++count;
    }
    CHECK(count >= 2);
  }
}

TEST_CASE("The help of a command brings the description that it is made of") {
  const std::vector<std::string> words{"build", "--help"};
  const Help help = std::get<Help>(parse_arguments(words).value());
  CHECK(help.description.command == Command::build);
  REQUIRE(help.description.arguments.size() == 1);
  CHECK(help.description.arguments[0].name == "SOURCE");
  CHECK(help.description.arguments[0].repeats);
  bool installer = false;
  for (const OptionDescription& option : help.description.options) {
    CAPTURE(option.name);
    CHECK(help.text.contains("--" + option.name));
    CHECK(help.text.contains(option.text));
    if (option.name != "installer") continue;
    installer = true;
    CHECK(option.value_name == "NAME");
    CHECK(option.choices == std::vector<std::string>{"auto", "uv", "pip"});
  }
  CHECK(installer);
}

TEST_SUITE_END();
