#include "frontend/hook_arguments.hpp"

#include "ipc/json.hpp"

#include <fmt/format.h>

#include <string_view>

namespace axle::frontend {
namespace {

namespace json = ipc::json;

/// The argument that says where a hook writes; empty if it writes nowhere.
std::string_view directory_argument(std::string_view hook) {
  if (hook == "build_wheel" || hook == "build_editable") return "wheel_directory";
  if (hook == "build_sdist") return "sdist_directory";
  if (hook.starts_with("prepare_metadata_for_build_")) return "metadata_directory";
  return "";
}

}  // namespace

std::optional<ArtifactKind> kind_of_hook(const std::string& hook) {
  if (hook == "build_sdist") return ArtifactKind::sdist;
  if (hook == "build_wheel" || hook == "prepare_metadata_for_build_wheel") {
    return ArtifactKind::wheel;
  }
  if (hook == "build_editable" || hook == "prepare_metadata_for_build_editable") {
    return ArtifactKind::editable;
  }
  return std::nullopt;
}

Result<ipc::JsonText> complete_arguments(const std::string& hook,
                                         const ipc::JsonText& given,
                                         const BuildOptions& options,
                                         const std::filesystem::path& directory) {
  auto value = json::parse(given.text, ipc::deepest_value);
  if (!value) return fail(errc::usage, "the arguments of the hook: " + value.error().message);
  const auto* object = std::get_if<json::Object>(&value->data);
  if (object == nullptr) {
    return fail(
        errc::usage,
        fmt::format("the arguments of the hook are {}, not a JSON object", json::kind_of(*value)),
        R"(give them by their names, e.g. {"config_settings": {"key": "value"}})");
  }
  ipc::JsonObject complete;
  for (const auto& [key, argument] : *object) complete.add(key, json::to_text(argument));
  const bool standard = kind_of_hook(hook) || hook.starts_with("get_requires_for_build_");
  if (standard && json::find(*object, "config_settings") == nullptr) {
    complete.add("config_settings", options.config_settings.for_hook(hook));
  }
  const std::string_view where = directory_argument(hook);
  if (!where.empty() && json::find(*object, where) == nullptr) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
      return fail(
          errc::io_error,
          fmt::format("cannot make the folder {}: {}", directory.string(), error.message()));
    }
    complete.add(where, ipc::json_string(directory.native()));
  }
  return complete.text();
}

}  // namespace axle::frontend
