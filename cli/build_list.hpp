// What axle build would build: for people, and as JSON.
#pragma once

#include "frontend/builder.hpp"
#include "frontend/interpreter.hpp"
#include "ipc/json_text.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace axle::cli {

/// One project of the command line, and what would become of it.
struct ListedBuild {
  std::filesystem::path source;
  frontend::ProjectFacts facts;
  std::vector<std::string_view> kinds;  ///< "sdist", "wheel", "editable", in their order.
  std::filesystem::path output_directory;
  frontend::Interpreter interpreter;
};

/// What `plan` means for a project: its default plan is spelled out.
std::vector<std::string_view> kinds_of(const frontend::Plan& plan, bool is_sdist);

/// A few lines; foreign text in them is not yet safe for a terminal.
std::string text_of(const ListedBuild& build);
/// {"source", "name", "version", "kinds", "output_directory", "backend", "requirements",
/// "interpreter": {"path", "version"}}; null for a name or version that only the backend can tell.
ipc::JsonText json_of(const ListedBuild& build);

}  // namespace axle::cli
