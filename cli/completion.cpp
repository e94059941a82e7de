#include "cli/completion.hpp"

#include <algorithm>
#include <array>

namespace axle::cli {
namespace {

constexpr std::array<std::string_view, 3> shells{"bash", "zsh", "fish"};

}  // namespace

std::span<const std::string_view> shell_names() {
  return shells;
}

std::optional<Shell> shell_of(std::string_view name) {
  const auto* found = std::ranges::find(shells, name);
  if (found == shells.end()) return std::nullopt;
  return static_cast<Shell>(found - shells.begin());
}

std::string completion_script(Shell shell, std::span<const CommandDescription> commands) {
  switch (shell) {
    case Shell::bash: return bash_completion(commands);
    case Shell::zsh: return zsh_completion(commands);
    case Shell::fish: return fish_completion(commands);
  }
  return "";
}

bool takes_next_word(const OptionDescription& option) {
  return !option.value_name.empty() && !option.value_name.starts_with('[');
}

Completes completion_of(const OptionDescription& option) {
  if (!option.choices.empty()) return Completes::choices;
  if (option.value_name == "DIR") return Completes::folders;
  if (option.value_name.starts_with("FILE") || option.value_name == "PATH") return Completes::files;
  return Completes::nothing;
}

Completes completion_of(const ArgumentDescription& argument) {
  if (!argument.choices.empty()) return Completes::choices;
  return argument.name == "SOURCE" ? Completes::sources : Completes::nothing;
}

}  // namespace axle::cli
