// axle env: the isolated environments that are kept, on standard output.
#include "cli/json.hpp"
#include "cli/quantity.hpp"
#include "cli/session.hpp"
#include "frontend/environment_cache.hpp"
#include "frontend/environment_inventory.hpp"
#include "frontend/interpreter.hpp"
#include "ipc/json_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::cli {
namespace {

using frontend::CachedEnvironment;
using frontend::SystemTime;
using State = CachedEnvironment::State;

std::string_view to_string(State state) {
  switch (state) {
    case State::idle: return "idle";
    case State::in_use: return "in use";
    case State::in_making: return "in making";
    case State::damaged: return "damaged";
    case State::unfinished: return "unfinished";
  }
  return "";
}

// "3 h 5 min", "12 days"; nothing for what never happened.
std::string since(SystemTime then) {
  if (then == SystemTime()) return "-";
  const auto elapsed = std::chrono::floor<std::chrono::seconds>(
      std::max(std::chrono::system_clock::now() - then, std::chrono::system_clock::duration(0)));
  const auto days = std::chrono::floor<std::chrono::days>(elapsed);
  return days.count() < 2 ? format_elapsed(elapsed) : fmt::format("{} days", days.count());
}

ipc::JsonText json_of(const CachedEnvironment& environment) {
  ipc::JsonObject object;
  object.add("key",
             ipc::json_string(environment.record ? environment.record->key : environment.key));
  object.add("path", ipc::json_string(environment.folder.native()));
  object.add("state", ipc::json_string(to_string(environment.state)));
  object.add("last_use_ms", ipc::json_integer(environment.last_use.time_since_epoch().count()));
  if (environment.record) {
    const auto& record = *environment.record;
    object.add("made_ms", ipc::json_integer(record.made.time_since_epoch().count()));
    object.add("python", ipc::json_string(record.python));
    object.add("implementation", ipc::json_string(record.implementation));
    object.add("version", ipc::json_string(record.version));
    object.add("requirements", ipc::json_strings(record.requirements));
    object.add("size", ipc::json_unsigned(record.size));
  }
  return object.text();
}

// Columns as wide as they have to be; the last one is not filled up.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t column = 0; column + 1 < row.size(); ++column) {
      std::size_t width = 0;
      for (const auto& other : rows) width = std::max(width, other[column].size());
      text += fmt::format("{:<{}}  ", row[column], width);
    }
    text += row.back() + "\n";
  }
  return text;
}

Result<std::string> list(const EnvArguments& arguments, const Session& session) {
  TRY(const auto environments, frontend::cached_environments());
  if (arguments.json) {
    std::vector<ipc::JsonText> list;
    std::ranges::transform(environments, std::back_inserter(list), json_of);
    return pretty_json(ipc::json_list(list)) + "\n";
  }
  if (environments.empty()) return {};
  std::vector<std::vector<std::string>> rows = {
      {"KEY", "PYTHON", "SIZE", "AGE", "LAST USE", "STATE", "REQUIREMENTS"}};
  for (const CachedEnvironment& environment : environments) {
    const auto record = environment.record.value_or(frontend::EnvironmentRecord{});
    rows.push_back(
        {environment.key,
         record.version.empty() ? "-" : session.terminal.shown(record.version),
         environment.record ? format_size(record.size) : "-",
         since(record.made),
         since(environment.last_use),
         std::string(to_string(environment.state)),
         session.terminal.shown(fmt::format("{}", fmt::join(record.requirements, ", ")))});
  }
  return table(rows);
}

// The one environment, the newest of its key, whose key begins so.
Result<std::string> path_of_key(const std::string& prefix) {
  TRY(const auto environments, frontend::cached_environments());
  const CachedEnvironment* found = nullptr;
  for (const CachedEnvironment& environment : environments) {
    const std::string& key = environment.record ? environment.record->key : environment.key;
    if (!key.starts_with(prefix) || environment.state == State::unfinished) continue;
    if (found != nullptr && found->key != environment.key) {
      return fail(errc::usage,
                  fmt::format("several keys begin with \"{}\"", prefix),
                  "give more of its digits; axle env list has them");
    }
    if (found == nullptr) found = &environment;
  }
  if (found != nullptr) return found->folder.string() + "\n";
  return fail(errc::usage,
              fmt::format("there is no environment whose key begins with \"{}\"", prefix),
              "axle env list has them all");
}

// Of all that a build needs, also what the build backend asks for.
Result<std::filesystem::path> made_for_project(const EnvArguments& arguments,
                                               frontend::Observer& observer,
                                               const frontend::Cancellation& cancellation) {
  const auto& options = arguments.common.options;
  if (options.isolation == frontend::Isolation::none) {
    return fail(errc::usage, "with --no-isolation there is no environment of a project's own");
  }
  TRY(auto builder, open_project(arguments.source, arguments.common, observer, cancellation));
  TRY(auto required, builder.requirements(arguments.kind));
  auto all = std::move(required.from_build_system);
  std::ranges::move(required.from_hook, std::back_inserter(all));
  TRY(const auto interpreter, frontend::find_interpreter(options.python, cancellation));
  const auto environments = frontend::EnvironmentCache::create(options);
  TRY(const auto environment,
      environments->environment_for(interpreter, all, observer, cancellation));
  return environment->prefix();
}

Result<std::string> path_of_project(const EnvArguments& arguments,
                                    BuildObserver& teller,
                                    const Session& session) {
  TracedObserver observer(session.trace, arguments.source.string(), teller);
  TRY(const auto path, made_for_project(arguments, observer, session.cancellation));
  std::error_code error;
  if (std::filesystem::exists(path, error)) return path.string() + "\n";
  return fail(errc::environment_failed,
              "the environment of this project is not kept, and is gone again");
}

// "Removed 3 environments (42 MiB); 1 is in use"
Result<std::string> remove(const EnvArguments& arguments, const Session& session) {
  const bool all = arguments.action == EnvArguments::Action::clear;
  TRY(const auto removed,
      frontend::remove_unused_environments(all ? std::chrono::milliseconds(0)
                                               : arguments.older_than));
  if (arguments.common.verbosity >= Verbosity::normal) {
    const std::string kept =
        removed.in_use == 0
            ? ""
            : fmt::format("; {} {} in use", removed.in_use, removed.in_use == 1 ? "is" : "are");
    session.terminal.print(fmt::format("Removed {} environment{} ({}){}",
                                       removed.count,
                                       removed.count == 1 ? "" : "s",
                                       format_size(removed.bytes),
                                       kept));
  }
  return {};
}

}  // namespace

int run(const EnvArguments& arguments, const Session& session) {
  using Action = EnvArguments::Action;
  BuildObserver observer(session.terminal, arguments.common.verbosity);
  const auto result = [&]() -> Result<std::string> {
    switch (arguments.action) {
      case Action::list: return list(arguments, session);
      case Action::path:
        return arguments.key.empty() ? path_of_project(arguments, observer, session)
                                     : path_of_key(arguments.key);
      case Action::prune:
      case Action::clear: return remove(arguments, session);
    }
    return {};
  }();
  if (!result) return tell_error(result.error(), observer, arguments.common.verbosity);
  session.terminal.hide_activity();
  return deliver(*result, session);
}

}  // namespace axle::cli
