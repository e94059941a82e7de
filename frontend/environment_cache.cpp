#include "frontend/environment_cache.hpp"

#include "frontend/cache_folder.hpp"
#include "frontend/environment_generations.hpp"
#include "frontend/environment_inventory.hpp"
#include "frontend/environment_key.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/installer_settings.hpp"
#include "frontend/local_requirement.hpp"
#include "frontend/lock_turn.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace axle::frontend {

namespace fs = std::filesystem;
using std::chrono::system_clock;
using Origin = EnvironmentUse::Origin;

struct EnvironmentCache::Request {
  EnvironmentOrder order;
  std::string key;
  Observer& observer;
  const Cancellation& cancellation;

  /// Tells that it is fulfilled.
  std::shared_ptr<const Environment> fulfilled(std::shared_ptr<const Environment> environment,
                                               EnvironmentUse::Origin origin) const {
    observer.environment_ready({.environment = *environment,
                                .origin = origin,
                                .requirements = shown_requirements(order.requirements)});
    return environment;
  }

  /// The first line of every installed script holds the path of its environment, and has a limit.
  [[nodiscard]] std::string short_key() const { return key.substr(0, 16); }
};

namespace {

/// What is in a folder until it is kept is removed.
class Unfinished {
 public:
  explicit Unfinished(fs::path folder) : folder_(std::move(folder)) {}
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  ~Unfinished() {
    if (!folder_.empty()) ipc::remove_tree(folder_);
  }
  void keep() noexcept { folder_.clear(); }

 private:
  fs::path folder_;
};

/// A folder of the user's is another after each change, however deep, that nobody could see.
bool names_folder(const std::string& requirement) {
  const auto path = local_path_of(requirement);
  std::error_code error;
  return path && fs::is_directory(*path, error);
}

std::string named(pid_t holder) {
  const std::string pid = holder == 0 ? "" : fmt::format("(pid {}) ", holder);
  return fmt::format("another axle {}that makes this environment", pid);
}

/// An environment that is in use as long as somebody has it.
std::shared_ptr<const Environment> shared(const Interpreter& interpreter, Generation generation) {
  struct InUse {
    Environment environment;
    ipc::UniqueFd use;
  };
  auto in_use = std::make_shared<const InUse>(
      Environment::existing(interpreter, std::move(generation.folder)), std::move(generation.use));
  return {in_use, &in_use->environment};
}

EnvironmentRecord record_of(const EnvironmentOrder& order,
                            const std::string& key,
                            SystemTime made) {
  return EnvironmentRecord{.key = key,
                           .made = made,
                           .python = order.interpreter.real_executable,
                           .version = order.interpreter.version,
                           .implementation = order.interpreter.implementation,
                           .requirements = shown_requirements(order.requirements)};
}

}  // namespace

std::unique_ptr<EnvironmentCache> EnvironmentCache::create(const BuildOptions& options) {
  return std::unique_ptr<EnvironmentCache>(
      new EnvironmentCache(options, EnvironmentMaker(options)));
}

std::unique_ptr<EnvironmentCache> EnvironmentCache::create(const BuildOptions& options,
                                                           std::unique_ptr<Installer> installer) {
  return std::unique_ptr<EnvironmentCache>(
      new EnvironmentCache(options, EnvironmentMaker(std::move(installer))));
}

EnvironmentCache::EnvironmentCache(const BuildOptions& options, EnvironmentMaker maker)
    : choice_(options.installer),
      network_(options.network),
      installer_options_(options.installer_options),
      // As precise as the record of an environment: one that is made now counts as made since now.
      not_before_(std::chrono::floor<std::chrono::milliseconds>(
          std::max(options.environments_since.value_or(system_clock::time_point()),
                   system_clock::now() - options.environment_max_age))),
      maker_(std::move(maker)) {}

Result<std::shared_ptr<const Environment>> EnvironmentCache::environment_for(
    const Interpreter& interpreter,
    const std::vector<std::string>& requirements,
    Observer& observer,
    const Cancellation& cancellation,
    const std::string& project) {
  std::vector<std::string> sorted = sorted_requirements(requirements);
  std::error_code ignored;
  auto settings = installer_settings(EnvironmentVariables::current(), fs::current_path(ignored));
  std::ranges::move(texts_of(installer_options_), std::back_inserter(settings));
  const std::string key = environment_key(interpreter, sorted, choice_, settings);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  const Request request{
      .order = {.interpreter = interpreter, .requirements = std::move(sorted), .project = project},
      .key = key,
      .observer = observer,
      .cancellation = cancellation};
  const bool may_change = std::ranges::any_of(request.order.requirements, names_folder);
  TRY(auto environment, may_change ? temporary(request, {}) : cached(request));
  known_.emplace(key, environment);
  return environment;
}

Result<EnvironmentCache::Shared> EnvironmentCache::cached(const Request& request) {
  const auto root = cache_folder("environments");
  if (!root) return temporary(request, root.error().message);
  const fs::path shelf = *root / request.short_key();
  if (auto hit = found(request, shelf, Damage::pass_by)) {
    return request.fulfilled(*std::move(hit), Origin::kept);
  }
  auto lock = FileLock::try_take(shelf.native() + ".lock");
  if (!lock) return temporary(request, lock.error().message);
  // Without a bound, as the installer of the other has none.
  const LockWaiter waiter{.named = named, .project = request.order.project};
  TRY(const auto turn, await_turn(*lock, waiter, request.observer, request.cancellation));
  // An installer of ours builds a requirement, which needs the environment that we are making.
  if (turn == LockTurn::never) return temporary(request, {});
  if (auto hit = found(request, shelf, Damage::tell)) {
    return request.fulfilled(*std::move(hit), Origin::kept);
  }
  if (::mkdir(shelf.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return temporary(
        request,
        fail_errno(errc::io_error, "cannot make " + shelf.string(), errno).error().message);
  }
  auto made = made_anew(request, shelf);
  if (!made) ::rmdir(shelf.c_str());  // unless there are others in it
  // Whoever makes one pays for the rest, in the time of which nobody is aware then.
  if (made) remove_unused_environments(environments_unused_for);
  return made;
}

std::optional<EnvironmentCache::Shared> EnvironmentCache::found(const Request& request,
                                                                const fs::path& shelf,
                                                                Damage tell) const {
  auto newest = newest_generation(shelf);
  if (!newest) return std::nullopt;
  std::optional<std::string> damage;
  if (!newest->record || newest->record->key != request.key) {
    damage = std::string(record_name) + " cannot be read";
  } else {
    const auto made = newest->record->made;
    const bool in_time = made >= not_before_ && made <= system_clock::now();
    if (!in_time && network_ == Network::allowed) return std::nullopt;
    damage = damage_of(newest->folder, *newest->record);
  }
  if (!damage) return shared(request.order.interpreter, *std::move(newest));
  if (tell == Damage::tell) {
    request.observer.notice(fmt::format(
        "the environment {} is damaged and is made anew: {}", newest->folder.string(), *damage));
  }
  return std::nullopt;
}

Result<EnvironmentCache::Shared> EnvironmentCache::made_anew(const Request& request,
                                                             const fs::path& shelf) {
  // Chosen first: what a killed axle has started may still write into its folder.
  const fs::path folder = next_generation(shelf);
  const auto before = generations(shelf);
  for (const fs::path& old : before) {
    if (!is_whole(old)) remove_generation(old);  // its maker was killed
  }
  Unfinished unfinished(folder);
  const auto now = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
  EnvironmentOrder order = request.order;
  order.bytecode = EnvironmentOrder::Bytecode::now;
  TRY(const auto made, maker_.make(folder, order, request.observer, request.cancellation));
  TRY(write_record(made.prefix(), record_of(order, request.key, now)));
  auto generation = newest_generation(shelf);
  if (!generation || generation->folder != folder) {
    return fail(errc::environment_failed,
                fmt::format("somebody has removed {} while it was made", folder.string()));
  }
  unfinished.keep();
  for (const fs::path& old : before) remove_generation(old);  // unless a build uses it
  return request.fulfilled(shared(order.interpreter, *std::move(generation)), Origin::made);
}

Result<EnvironmentCache::Shared> EnvironmentCache::temporary(const Request& request,
                                                             const std::string& why) {
  if (!why.empty() && why != told_) {
    request.observer.notice("environments are not kept: " + why);
    told_ = why;
  }
  if (!temporary_) {
    TRY(temporary_, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-env-"));
  }
  const fs::path folder = temporary_->path() / request.short_key();
  Unfinished unfinished(folder);
  TRY(auto made, maker_.make(folder, request.order, request.observer, request.cancellation));
  unfinished.keep();
  return request.fulfilled(std::make_shared<const Environment>(std::move(made)), Origin::temporary);
}

}  // namespace axle::frontend
