// axle doctor: its options.
#include "cli/doctor_arguments.hpp"

#include "cli/command_arguments.hpp"
#include "cli/command_words.hpp"
#include "cli/common_options.hpp"
#include "cli/option_parser.hpp"

namespace axle::cli {
Result<Arguments> parse_doctor(std::span<const std::string> words, const OptionFiles& files) {
  OptionParser parser(Command::doctor, files);
  CommonOptions common;
  DoctorArguments arguments;
  parser.argument({.name = "SOURCE"});
  parser.flag("Output", "--json", arguments.json, "As JSON", Standing::command_line);
  parser.flag("What to look at",
              "--online",
              arguments.online,
              "Ask the package index, too",
              Standing::command_line);
  common.add_to(parser);
  TRY(const auto parsed, parser.parse(words));
  if (parsed == OptionParser::Parsed::help_wanted) return parser.help();
  TRY(arguments.common, common.arguments());
  if (arguments.online && arguments.common.options.network == frontend::Network::none) {
    return fail(errc::usage, "--online and --offline contradict each other", "choose one of them");
  }
  if (!parser.words().empty()) {
    TRY(arguments.source, only_source(Command::doctor, parser));
  }
  return arguments;
}

}  // namespace axle::cli
