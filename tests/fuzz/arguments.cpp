// The command lines of both programs: the words are what stands between NULs.
#include "cli/arguments.hpp"

#include "backend/options.hpp"
#include "cli/error_text.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <type_traits>

namespace axle::fuzz {
namespace {

std::vector<std::string> words_of(std::string_view input) {
  std::vector<std::string> words;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\0'), input.size());
    words.emplace_back(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return words;
}

void check_error(const Error& error) {
  hold(error.code == errc::usage, "a command line that is wrong is told as such");
  hold(!error.message.empty(), "an error has a message");
  const std::string text =
      cli::error_text(error, std::nullopt, cli::ErrorDetail::full, cli::Paint(false));
  hold(is_utf8(text), "what is shown is UTF-8");
  hold(std::ranges::all_of(
           text,
           [](char c) { return c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= ' '; }),
       "what is shown drives no terminal");
}

void check_common(const cli::CommonArguments& common) {
  const auto& timeout = common.options.hook_timeout;
  hold(!timeout || timeout->count() > 0, "a timeout is more than nothing");
  hold(!common.options.python.empty(), "an interpreter is named");
}

}  // namespace

void check(std::string_view input) {
  const std::vector<std::string> words = words_of(input);
  const auto arguments = cli::parse_arguments(words);
  if (!arguments) {
    check_error(arguments.error());
  } else {
    std::visit(
        [](const auto& chosen) {
          using Chosen = std::remove_cvref_t<decltype(chosen)>;
          if constexpr (std::is_same_v<Chosen, cli::Help>) {
            hold(!chosen.text.empty(), "help says something");
          } else if constexpr (!std::is_same_v<Chosen, cli::Version>) {
            check_common(chosen.common);
          }
        },
        *arguments);
  }
  if (arguments) {
    if (const auto* build = std::get_if<cli::BuildArguments>(&*arguments)) {
      hold(!build->sources.empty(), "something is built");
      hold(std::ranges::none_of(build->sources, &std::filesystem::path::empty),
           "what is built has a name");
    }
    if (const auto* hook = std::get_if<cli::HookArguments>(&*arguments)) {
      hold(ipc::parse_json_text(hook->kwargs.text) == hook->kwargs, "kwargs are JSON");
      hold(hook->kwargs.text.starts_with('{'), "kwargs are an object");
    }
  }
  const auto options = backend::parse_options(words);
  if (!options) {
    check_error(options.error());
  } else if (options->action == backend::Options::Action::serve) {
    hold(!options->module.empty(), "a build backend is named");
    hold(!options->control_fd || *options->control_fd > 2, "a control descriptor is none of stdio");
  }
}

}  // namespace axle::fuzz
