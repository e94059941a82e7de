#include "frontend/environment_store.hpp"

#include "frontend/environment_key.hpp"
#include "frontend/timed_activity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace axle::frontend {
namespace {

/// What is in a folder until it is kept is removed.
class Unfinished {
 public:
  explicit Unfinished(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (!folder_.empty()) ipc::remove_tree(folder_);
  }
  void keep() noexcept { folder_.clear(); }

 private:
  std::filesystem::path folder_;
};

}  // namespace

Result<std::unique_ptr<EnvironmentStore>> EnvironmentStore::create(InstallerChoice choice) {
  TRY(auto directory, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-env-"));
  return std::unique_ptr<EnvironmentStore>(
      new EnvironmentStore(choice, nullptr, std::move(directory)));
}

Result<std::unique_ptr<EnvironmentStore>> EnvironmentStore::create(
    std::unique_ptr<Installer> installer) {
  TRY(auto store, create(InstallerChoice::automatic));
  store->installer_ = std::move(installer);
  return store;
}

Result<std::shared_ptr<const Environment>> EnvironmentStore::environment_for(
    const Interpreter& interpreter,
    const std::vector<std::string>& requirements,
    Observer& observer,
    const Cancellation& cancellation,
    const std::string& project) {
  const std::vector<std::string> sorted = sorted_requirements(requirements);
  const std::string key = environment_key(interpreter, sorted, choice_);
  if (const auto known = environments_.find(key); known != environments_.end()) {
    return known->second;
  }
  // Not the whole key: the first line of every installed script holds this path, and has a limit.
  Unfinished folder(directory_.path() / key.substr(0, 16));
  const Activity creation{
      Activity::Kind::create_environment, interpreter.executable.string(), project};
  TRY(auto made, timed(observer, creation, [&] {
        return Environment::create(interpreter, directory_.path() / key.substr(0, 16));
      }));
  auto environment = std::make_shared<const Environment>(std::move(made));
  if (!sorted.empty()) {
    const Activity installation{
        Activity::Kind::install_requirements, fmt::format("{}", fmt::join(sorted, "\n")), project};
    TRY(timed(observer, installation, [&] {
      return install(*environment, sorted, observer, cancellation);
    }));
  }
  folder.keep();
  environments_.emplace(key, environment);
  return environment;
}

Result<> EnvironmentStore::install(const Environment& environment,
                                   const std::vector<std::string>& requirements,
                                   Observer& observer,
                                   const Cancellation& cancellation) {
  if (!installer_) {
    TRY(installer_, choose_installer(choice_, cancellation));
  }
  return installer_->install(environment, requirements, observer, cancellation);
}

}  // namespace axle::frontend
