#include "frontend/installer_failure.hpp"

#include "frontend/printed_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace axle::frontend {
namespace {

using Lines = std::vector<std::string>;

bool starts_an_error(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line.starts_with("ERROR:") || line.starts_with("error:") || line.starts_with("×");
}

/// The first two lines and the last ones: what went wrong is said there.
Lines shortened(Lines lines) {
  constexpr std::size_t most = 20;
  if (lines.size() <= most) return lines;
  const auto cut = static_cast<std::ptrdiff_t>(lines.size() - most + 1);
  lines.erase(lines.begin() + 2, lines.begin() + 2 + cut);
  lines.insert(lines.begin() + 2, "…");
  return lines;
}

/// The lines from the first that tells of an error; without one, the last few.
Lines relevant(const InstallerFailure& failure) {
  Lines lines = readable_lines(failure.err);
  if (lines.empty()) lines = readable_lines(failure.out);
  const auto first = std::ranges::find_if(lines, starts_an_error);
  if (first != lines.end()) return shortened({first, lines.end()});
  const std::size_t few = std::min<std::size_t>(lines.size(), 8);
  return {lines.end() - static_cast<std::ptrdiff_t>(few), lines.end()};
}

struct KnownCause {
  std::initializer_list<std::string_view> signs;
  std::string_view hint;
};

// In this order: without a network pip goes on to say that there is no matching distribution.
const std::array known_causes = {
    KnownCause{{"No space left on device"},
               "Free some space, or let TMPDIR name a folder on another disk."},
    KnownCause{{"NewConnectionError",
                "Connection refused",
                "Connection reset",
                "ConnectTimeout",
                "Name or service not known",
                "ProxyError",
                "Temporary failure in name resolution",
                "network was disabled",
                "dns error",
                "error sending request",
                "operation timed out",
                "timed out. (read timeout"},
               "The package index cannot be reached: check the network, the proxy and the index "
               "that pip or uv is set up to use."},
    KnownCause{
        {"CERTIFICATE_VERIFY_FAILED", "invalid peer certificate"},
        "The certificate of the package index is not trusted: check which authorities pip or "
        "uv is set up to trust (PIP_CERT, SSL_CERT_FILE)."},
    KnownCause{
        {"DO NOT MATCH THE HASHES", "Hash mismatch", "--require-hashes mode", "--require-hashes`"},
        "The hashes that are required do not fit: check the constraints that pip or uv is set "
        "up to use."},
    KnownCause{{"TOML parse error"}, "Correct the file that is named there."},
    KnownCause{
        {"Invalid requirement", "Failed to parse", "is not a valid editable requirement"},
        "Correct the requirement where the project or its build backend names it: a name, then "
        "versions as in 'setuptools>=61'."},
    KnownCause{
        {"is already being built", "Cyclic build dependency"},
        "A requirement that has no wheel needs itself to be built, by way of others perhaps: "
        "let the index have a wheel of one of them, or require a version that has one."},
    KnownCause{{"requires a different Python",
                "Ignored the following versions that require a different python",
                "does not satisfy Python",
                "depends on Python"},
               "Choose an interpreter that the requirement supports, or another version of it."},
    KnownCause{
        {"No matching distribution found",
         "No solution found",
         "not found in the package registry",
         "conflicting dependencies",
         "ResolutionImpossible"},
        "Check the names and versions of the requirements, and whether the index that pip or "
        "uv is set up to use has them."},
};

std::string hint_for(const InstallerFailure& failure) {
  for (const KnownCause& cause : known_causes) {
    for (const std::string_view sign : cause.signs) {
      if (failure.err.find(sign) != failure.err.npos ||
          failure.out.find(sign) != failure.out.npos) {
        return std::string(cause.hint);
      }
    }
  }
  return {};
}

}  // namespace

Error describe(const InstallerFailure& failure) {
  const Lines lines = relevant(failure);
  const std::string names =
      hide_credentials(fmt::format("'{}'", fmt::join(failure.requirements, "', '")));
  return {.code = errc::environment_failed,
          .message = fmt::format("{} could not install {}: it {}{}{}",
                                 failure.installer,
                                 names,
                                 failure.status.describe(),
                                 lines.empty() ? "" : " and printed:",
                                 as_block(lines, lines.size())),
          .hint = hint_for(failure)};
}

}  // namespace axle::frontend
