#include "frontend/hooks.hpp"

#include "frontend/timed_activity.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <variant>

namespace axle::frontend {
namespace {

using ipc::HookFailure;
using ipc::JsonObject;
using ipc::JsonText;
using ipc::Outcome;
using std::filesystem::path;

/// "ValueError: text", or the text alone where it is the host that speaks of a lost process.
std::string summary(const HookFailure& failure) {
  std::string_view text = failure.exc_msg;
  while (text.starts_with('\n')) text.remove_prefix(1);
  const std::string_view line = text.substr(0, text.find('\n'));
  const char* more = line.size() < text.size() ? " ..." : "";
  if (line.empty()) return failure.exc_type;
  if (failure.exc_type == "BackendDied") return fmt::format("{}{}", line, more);
  return fmt::format("{}: {}{}", failure.exc_type, line, more);
}

Error missing_hook(const std::string& hook, const std::string& backend, HookFailure failure) {
  Error error{.code = errc::hook_missing,
              .message = fmt::format("the build backend {} has no hook {}", backend, hook)};
  if (hook == "build_editable") error.message += ": it does not support PEP 660";
  failure.missing = true;
  error.hook_failure = std::make_shared<const HookFailure>(std::move(failure));
  return error;
}

Error hook_error(const std::string& hook, const std::string& backend, HookFailure failure) {
  if (failure.missing) return missing_hook(hook, backend, std::move(failure));
  Error error{.code = errc::hook_failed,
              .message = fmt::format("{} of {} {}: {}",
                                     hook,
                                     backend,
                                     failure.unsupported ? "is not supported" : "failed",
                                     summary(failure))};
  error.hook_failure = std::make_shared<const HookFailure>(std::move(failure));
  return error;
}

}  // namespace

Hooks::Hooks(BackendLease backend,
             HookSetting setting,
             Observer& observer,
             const Cancellation& cancellation)
    : backend_(std::move(backend)),
      setting_(std::move(setting)),
      observer_(&observer),
      cancellation_(&cancellation) {}

Activity Hooks::activity(const std::string& hook) const {
  const path& project = setting_.project.empty() ? setting_.source_tree : setting_.project;
  return {Activity::Kind::run_hook, hook, project.string()};
}

Result<Outcome> Hooks::outcome_of(const std::string& hook, const JsonText& kwargs) {
  auto outcome = backend_->call({.hook = hook,
                                 .kwargs = kwargs,
                                 .source_tree = setting_.source_tree,
                                 .timeout = setting_.timeout,
                                 .idle_timeout = setting_.idle_timeout},
                                *observer_,
                                *cancellation_);
  observer_->hook_ended({.outcome = outcome, .backend_pid = backend_->started().pid});
  return outcome;
}

Result<Outcome> Hooks::call(const std::string& hook, const JsonText& kwargs) {
  Result<Outcome> outcome;
  // For the observer, a hook that failed has failed.
  (void)timed(*observer_, activity(hook), [&]() -> Result<> {
    outcome = outcome_of(hook, kwargs);
    if (outcome && std::holds_alternative<ipc::Returned>(*outcome)) return {};
    return fail(errc::hook_failed, hook);
  });
  return outcome;
}

template <class T>
Result<T> Hooks::value_of(const char* hook, JsonObject kwargs, Result<T> (*read)(const JsonText&)) {
  const std::string backend = backend_->spec().backend_name();
  if (!backend_->has_hook(hook)) {
    HookFailure failure;
    failure.exc_type = "MissingCommand";
    failure.exc_msg = fmt::format("{} has no attribute '{}'", backend, hook);
    return std::unexpected(missing_hook(hook, backend, std::move(failure)));
  }
  kwargs.add("config_settings", setting_.config_settings.for_hook(hook));
  return timed(*observer_, activity(hook), [&]() -> Result<T> {
    TRY(auto outcome, outcome_of(hook, kwargs.text()));
    if (auto* failure = std::get_if<HookFailure>(&outcome)) {
      Error error = hook_error(hook, backend, std::move(*failure));
      if (backend_->death()) error.others.push_back(*backend_->death());
      return std::unexpected(std::move(error));
    }
    auto value = read(std::get<ipc::Returned>(outcome).value);
    if (!value) {
      value.error().message = fmt::format("{} of {}: {}", hook, backend, value.error().message);
    }
    return value;
  });
}

Result<std::vector<std::string>> Hooks::requirements(const char* hook) {
  if (!backend_->has_hook(hook)) return std::vector<std::string>{};
  return value_of(hook, JsonObject{}, ipc::as_string_list);
}

Result<std::optional<std::string>> Hooks::metadata(const char* hook, const path& directory) {
  if (!backend_->has_hook(hook)) return std::nullopt;
  JsonObject kwargs;
  kwargs.add("metadata_directory", ipc::json_string(directory.native()));
  return value_of(hook, std::move(kwargs), ipc::as_string);
}

Result<std::string> Hooks::wheel(const char* hook,
                                 const path& wheel_directory,
                                 const std::optional<path>& metadata_directory) {
  JsonObject kwargs;
  kwargs.add("wheel_directory", ipc::json_string(wheel_directory.native()));
  kwargs.add("metadata_directory",
             metadata_directory ? ipc::json_string(metadata_directory->native()) : JsonText{});
  return value_of(hook, std::move(kwargs), ipc::as_string);
}

Result<std::vector<std::string>> Hooks::get_requires_for_build_wheel() {
  return requirements("get_requires_for_build_wheel");
}

Result<std::vector<std::string>> Hooks::get_requires_for_build_sdist() {
  return requirements("get_requires_for_build_sdist");
}

Result<std::vector<std::string>> Hooks::get_requires_for_build_editable() {
  return requirements("get_requires_for_build_editable");
}

Result<std::optional<std::string>> Hooks::prepare_metadata_for_build_wheel(
    const path& metadata_directory) {
  return metadata("prepare_metadata_for_build_wheel", metadata_directory);
}

Result<std::optional<std::string>> Hooks::prepare_metadata_for_build_editable(
    const path& metadata_directory) {
  return metadata("prepare_metadata_for_build_editable", metadata_directory);
}

Result<std::string> Hooks::build_wheel(const path& wheel_directory,
                                       const std::optional<path>& metadata_directory) {
  return wheel("build_wheel", wheel_directory, metadata_directory);
}

Result<std::string> Hooks::build_sdist(const path& sdist_directory) {
  JsonObject kwargs;
  kwargs.add("sdist_directory", ipc::json_string(sdist_directory.native()));
  return value_of("build_sdist", std::move(kwargs), ipc::as_string);
}

Result<std::string> Hooks::build_editable(const path& wheel_directory,
                                          const std::optional<path>& metadata_directory) {
  return wheel("build_editable", wheel_directory, metadata_directory);
}

}  // namespace axle::frontend
