#include "frontend/environment_store.hpp"

#include "frontend/environment_key.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>

namespace axle::frontend {
namespace {

/// Tells the observer of an activity: that it begins, and how `act` ended.
template <class Act>
auto observed(Observer& observer, const Activity& activity, const Act& act) {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  observer.started(activity);
  auto result = act();
  observer.finished(
      activity,
      result.has_value(),
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin));
  return result;
}

}  // namespace

EnvironmentStore::EnvironmentStore(InstallerChoice choice,
                                   std::string project,
                                   Observer& observer,
                                   const Cancellation& cancellation)
    : choice_(choice),
      project_(std::move(project)),
      observer_(observer),
      cancellation_(cancellation) {}

EnvironmentStore::EnvironmentStore(std::unique_ptr<Installer> installer,
                                   std::string project,
                                   Observer& observer,
                                   const Cancellation& cancellation)
    : EnvironmentStore(InstallerChoice::automatic, std::move(project), observer, cancellation) {
  installer_ = std::move(installer);
}

Result<std::shared_ptr<const Environment>> EnvironmentStore::environment_for(
    const Interpreter& interpreter, const std::vector<std::string>& requirements) {
  const std::vector<std::string> sorted = sorted_requirements(requirements);
  const std::string key = environment_key(interpreter, sorted, choice_);
  if (const auto known = environments_.find(key); known != environments_.end())
    return known->second;
  if (!directory_) {
    TRY(directory_, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-env-"));
  }
  const std::filesystem::path folder = directory_->path() / key.substr(0, 16);
  auto made = make(interpreter, folder, sorted);
  if (!made) {
    ipc::remove_tree(folder);
    return std::unexpected(std::move(made).error());
  }
  auto environment = std::make_shared<const Environment>(*std::move(made));
  environments_.emplace(key, environment);
  return environment;
}

Result<Environment> EnvironmentStore::make(const Interpreter& interpreter,
                                           const std::filesystem::path& folder,
                                           const std::vector<std::string>& requirements) {
  const Activity creation{
      Activity::Kind::create_environment, interpreter.executable.string(), project_};
  TRY(Environment environment,
      observed(observer_, creation, [&] { return Environment::create(interpreter, folder); }));
  if (requirements.empty()) return environment;
  const Activity installation{Activity::Kind::install_requirements,
                              fmt::format("{}", fmt::join(requirements, "\n")),
                              project_};
  TRY(observed(observer_, installation, [&] { return install(environment, requirements); }));
  return environment;
}

Result<> EnvironmentStore::install(const Environment& environment,
                                   const std::vector<std::string>& requirements) {
  if (!installer_) {
    TRY(installer_, choose_installer(choice_, cancellation_));
  }
  return installer_->install(environment, requirements, observer_, cancellation_);
}

}  // namespace axle::frontend
