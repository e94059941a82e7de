#include "cli/installer_choices.hpp"

#include "cli/piped_file.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/printed_text.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

namespace axle::cli {
namespace {

namespace fs = std::filesystem;

// The installer may run elsewhere.
std::string absolute(const std::string& place) {
  std::error_code error;
  const fs::path path = fs::absolute(place, error);
  return error ? place : path.string();
}

Result<fs::path> constraints_file(const std::string& file) {
  if (is_piped(file)) return copy_of_piped(file);
  std::error_code error;
  if (fs::is_regular_file(file, error)) return absolute(file);
  return fail(errc::usage,
              fmt::format("there is no file \"{}\"", frontend::hide_credentials(file)),
              file.contains("://") ? "download it, and name the file" : "");
}

}  // namespace

void InstallerChoices::add_to(OptionParser& parser) {
  constexpr const char* group = "Packages of isolated environments";
  parser_ = &parser;
  parser.repeated(group,
                  "--build-constraint",
                  "FILE",
                  constraints_,
                  "Versions and hashes, as for pip and uv",
                  Standing::project,
                  OptionParser::Gather::all);
  parser.flag(group, "--require-hashes", require_hashes_, "Install only what has one of them");
  parser.repeated(group,
                  "--extra-requires",
                  "REQUIREMENT",
                  extra_,
                  "Install this beside build-system.requires",
                  Standing::project);
  parser.option(group, "--index", "URL", index_, "The package index");
  parser.repeated(group, "--extra-index", "URL", extra_indexes_, "Another one beside it");
  parser.repeated(group, "--find-links", "PATH|URL", find_links_, "A folder or page of packages");
  parser.option(group, "--exclude-newer", "DATE", exclude_newer_, "Take what was there by then");
  for (const char* option : {"build-constraint",
                             "require-hashes",
                             "index",
                             "extra-index",
                             "find-links",
                             "exclude-newer"}) {
    parser.exclude(option, "no-isolation", "without isolation nothing is installed");
  }
}

Result<frontend::InstallerOptions> InstallerChoices::options(frontend::Isolation isolation) const {
  frontend::InstallerOptions options;
  for (const std::string& file : constraints_) {
    TRY(auto found, parser_->checked("build-constraint", constraints_file(file)));
    options.constraints.push_back(std::move(found));
  }
  // Whoever says it to pip wheel or uv build means the build requirements of the project, too.
  for (const char* name : {"PIP_BUILD_CONSTRAINT", "UV_BUILD_CONSTRAINT"}) {
    if (isolation == frontend::Isolation::none) break;  // it may be there for others
    std::istringstream words(frontend::EnvironmentVariables::current().value(name).value_or(""));
    for (std::string file; words >> file;) {
      auto found = constraints_file(file);
      if (!found) {
        found.error().message = fmt::format("{}: {}", name, found.error().message);
        return std::unexpected(std::move(found).error());
      }
      options.constraints.push_back(*std::move(found));
    }
  }
  if (require_hashes_) {
    options.hashes = frontend::HashRule::required;
    if (options.constraints.empty()) {
      return fail(errc::usage,
                  fmt::format("{} needs to be told the hashes", parser_->origin("require-hashes")),
                  "--build-constraint FILE, each package with ==VERSION and --hash=sha256:...");
    }
  }
  options.index = index_;
  options.extra_indexes = extra_indexes_;
  for (const std::string& place : find_links_) {
    options.find_links.push_back(place.contains("://") ? place : absolute(place));
  }
  options.exclude_newer = exclude_newer_;
  return options;
}

}  // namespace axle::cli
