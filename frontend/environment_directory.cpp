#include "frontend/environment_directory.hpp"

#include "frontend/environment_key.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/installer_settings.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;

/// Whether each of `wanted` is among `there`; both are sorted.
bool has_all(const std::vector<std::string>& there, const std::vector<std::string>& wanted) {
  return std::ranges::includes(there, wanted);
}

std::vector<std::string> shown_sorted(const std::vector<std::string>& requirements) {
  return sorted_requirements(shown_requirements(requirements));
}

std::unexpected<Error> refused(const fs::path& folder, const std::string& why) {
  return fail(errc::usage,
              fmt::format("--env-dir {}: {}", folder.string(), why),
              "name another folder, or remove this one to have it made anew");
}

void remove_contents(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> inside;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    inside.push_back(entry->path());
  }
  for (const fs::path& path : inside) ipc::remove_tree(path);
}

}  // namespace

Result<Environment> EnvironmentDirectory::environment_for(
    const BuildOptions& options,
    const Interpreter& interpreter,
    const std::vector<std::string>& requirements,
    Observer& observer,
    const Cancellation& cancellation,
    const std::string& project) {
  const EnvironmentOrder order{.interpreter = interpreter,
                               .requirements = sorted_requirements(requirements),
                               .bytecode = EnvironmentOrder::Bytecode::now,
                               .project = project};
  auto origin = EnvironmentUse::Origin::kept;
  if (!environment_) {
    TRY(open(options, order, observer, cancellation));
  }
  if (!environment_ || !has_all(record_.requirements, shown_sorted(order.requirements))) {
    origin = EnvironmentUse::Origin::made;
    TRY(install(order, observer, cancellation));
  }
  observer.environment_ready({.environment = *environment_,
                              .origin = origin,
                              .requirements = shown_requirements(order.requirements)});
  return *environment_;
}

/// Leaves `environment_` empty where it is to be made.
Result<> EnvironmentDirectory::open(const BuildOptions& options,
                                    const EnvironmentOrder& order,
                                    Observer& observer,
                                    const Cancellation& cancellation) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (!error) folder_ = fs::canonical(folder_, error);
  if (error) {
    return fail(
        errc::environment_failed,
        fmt::format("cannot use {} for the environment: {}", folder_.string(), error.message()));
  }
  // Whose lock this build has already.
  if (fs::equivalent(folder_, order.project, error)) {
    return fail(errc::usage,
                fmt::format("--env-dir {} is the project itself", folder_.string()),
                "name another folder");
  }
  if (!turn_) {
    TRY(turn_, TreeLock::take(folder_, observer, cancellation));
  }
  maker_.emplace(options);
  auto settings = installer_settings(EnvironmentVariables::current(), fs::current_path(error));
  std::ranges::move(texts_of(options.installer_options), std::back_inserter(settings));
  const std::string key =
      environment_key(order.interpreter, order.requirements, options.installer, settings);
  if (!read_record(folder_) && Environment::is_of_axle(folder_)) {
    observer.notice(fmt::format("the environment in {} was never finished, and is made anew",
                                folder_.string()));
    remove_contents(folder_);
  }
  if (!fs::is_empty(folder_, error)) {
    const auto there = Environment::existing(order.interpreter, folder_);
    TRY(check(key, there));
    record_ = *read_record(folder_);
    environment_ = there;
    return {};
  }
  record_ = {
      .key = key,
      .made = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
      .python = order.interpreter.real_executable,
      .version = order.interpreter.version,
      .implementation = order.interpreter.implementation};
  return {};
}

Result<> EnvironmentDirectory::check(const std::string& key, const Environment& environment) const {
  const auto record = read_record(folder_);
  if (!record) {
    return fail(errc::usage,
                fmt::format("--env-dir {}: it is not empty, and no environment that axle has made",
                            folder_.string()),
                "name a new or an empty folder");
  }
  const Interpreter& interpreter = environment.interpreter();
  if (fs::path(record->python) != interpreter.real_executable ||
      record->version != interpreter.version) {
    return refused(folder_,
                   fmt::format("it was made for Python {} ({}), not for {} ({})",
                               record->version,
                               record->python,
                               interpreter.version,
                               interpreter.real_executable.string()));
  }
  if (record->key != key) {
    return refused(
        folder_,
        "it was made for other build requirements, or with other settings of the installer");
  }
  std::error_code error;
  if (!fs::exists(environment.python(), error))
    return refused(folder_, "it has lost its bin/python");
  return {};
}

Result<> EnvironmentDirectory::install(const EnvironmentOrder& order,
                                       Observer& observer,
                                       const Cancellation& cancellation) {
  if (environment_) {
    TRY(maker_->add(*environment_, order, observer, cancellation));
  } else {
    auto made = maker_->make(folder_, order, observer, cancellation);
    if (!made) {
      remove_contents(folder_);
      return std::unexpected(std::move(made).error());
    }
    environment_ = *std::move(made);
  }
  auto all = record_.requirements;
  std::ranges::copy(shown_requirements(order.requirements), std::back_inserter(all));
  record_.requirements = sorted_requirements(std::move(all));
  return write_record(folder_, record_);
}

}  // namespace axle::frontend
