#include "cli/peer_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace axle::cli {
namespace {

struct PeerOption {
  std::string_view theirs;
  std::string_view ours;    // an option that the command must have; may be empty
  std::string_view advice;  // empty: `ours` says it
};

constexpr std::array options{std::to_array<PeerOption>({
    {"--all", "", "name each project: axle build one two three"},
    {"--all-packages", "", "name each project: axle build one two three"},
    {"--allow-insecure-host", "", "uv heeds UV_INSECURE_HOST, and pip PIP_TRUSTED_HOST"},
    {"--build-option", "--config-setting", "setuptools takes it as -C--build-option=..."},
    {"--check-build-dependencies", "--no-isolation", "axle does that with --no-isolation anyway"},
    {"--config-settings-package", "--project-config-setting", ""},
    {"--constraint", "--build-constraint", ""},
    {"--default-index", "--index", ""},
    {"--dependency-constraints-txt", "--build-constraint", ""},
    {"--directory", "", "name the project: axle build path/to/it"},
    {"--force-pep517", "", "axle builds by the hooks of PEP 517 only"},
    {"--global-option", "--config-setting", "setuptools takes it as -C--global-option=..."},
    {"--index-strategy", "", "uv heeds UV_INDEX_STRATEGY"},
    {"--index-url", "--index", ""},
    {"--keyring-provider", "", "uv heeds UV_KEYRING_PROVIDER, and pip PIP_KEYRING_PROVIDER"},
    {"--log", "--events", "--events FILE has all that is printed, and -v shows it"},
    {"--metadata", "", "a command does that: axle metadata"},
    {"--no-binary", "", "pip heeds PIP_NO_BINARY, and uv [pip] of its uv.toml"},
    {"--no-build-isolation", "--no-isolation", ""},
    {"--no-build-isolation-package",
     "--no-isolation",
     "build that project by itself, with --no-isolation"},
    {"--no-build-logs", "", "that is the default: output is shown where a hook fails"},
    {"--no-cache", "--refresh", ""},
    {"--no-cache-dir", "--refresh", ""},
    {"--no-clean", "--keep", ""},
    {"--no-color", "--color", "here that is --color never"},
    {"--no-create-gitignore", "", "axle writes no .gitignore"},
    {"--no-deps", "", "axle builds what it is told to and no dependencies of it"},
    {"--no-index", "--offline", "here that is --offline"},
    {"--only-binary", "", "pip heeds PIP_ONLY_BINARY, and uv [pip] of its uv.toml"},
    {"--package", "", "name the project: axle build path/to/it"},
    {"--pre", "", "pip heeds PIP_PRE, and uv UV_PRERELEASE=allow"},
    {"--prefer-binary", "", "pip heeds PIP_PREFER_BINARY"},
    {"--prerelease", "", "uv heeds UV_PRERELEASE, and pip PIP_PRE"},
    {"--project", "", "name the project: axle build path/to/it"},
    {"--proxy", "", "uv and pip heed HTTPS_PROXY"},
    {"--sdist-extract-dir", "--keep", "axle leaves the unpacked sdist with --keep"},
    {"--src", "", "name the project: axle build path/to/it"},
    {"--target", "--sdist", "here that is --sdist or --wheel"},
    {"--trusted-host", "", "uv heeds UV_INSECURE_HOST, and pip PIP_TRUSTED_HOST"},
    {"--uploaded-prior-to", "--exclude-newer", ""},
    {"--version", "", "axle --version prints it"},
    {"--wheel-dir", "--outdir", ""},
    {"-b", "--build-constraint", ""},
    {"-f", "--find-links", ""},
    {"-i", "--index", ""},
    {"-t", "--sdist", "here that is --sdist or --wheel"},
})};

}  // namespace

std::string peer_option_hint(std::string_view option, std::span<const std::string_view> known) {
  const auto* const found = std::ranges::find(options, option, &PeerOption::theirs);
  if (found == options.end()) return {};
  if (!found->ours.empty() && std::ranges::find(known, found->ours) == known.end()) return {};
  if (!found->advice.empty()) return std::string(found->advice);
  return fmt::format("did you mean {}?", found->ours);
}

}  // namespace axle::cli
