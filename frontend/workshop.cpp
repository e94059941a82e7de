#include "frontend/workshop.hpp"

#include "frontend/backend_program.hpp"
#include "frontend/build_cycle.hpp"
#include "frontend/daemon/daemon_source.hpp"
#include "frontend/dependency_check.hpp"
#include "frontend/environment_directory.hpp"
#include "frontend/environment_record.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/project_table.hpp"
#include "frontend/python_version.hpp"
#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace axle::frontend {
namespace {

Result<std::vector<std::string>> ask_requirements(Hooks& hooks, ArtifactKind kind) {
  switch (kind) {
    case ArtifactKind::sdist: return hooks.get_requires_for_build_sdist();
    case ArtifactKind::wheel: return hooks.get_requires_for_build_wheel();
    case ArtifactKind::editable: return hooks.get_requires_for_build_editable();
  }
  return hooks.get_requires_for_build_wheel();
}

/// Both lists, each requirement once.
std::vector<std::string> joined(std::vector<std::string> first,
                                const std::vector<std::string>& second) {
  for (const auto& requirement : second) {
    if (std::ranges::find(first, requirement) == first.end()) first.push_back(requirement);
  }
  return first;
}

}  // namespace

Result<Project> Project::open(const std::filesystem::path& source,
                              Observer& observer,
                              const ArchiveLimits& limits) {
  TRY(auto tree, SourceTree::open(source, limits));
  TRY(auto build_system,
      read_build_system(tree.root(),
                        tree.is_from_sdist() ? tree.origin() : std::filesystem::path()));
  for (const auto& warning : build_system.warnings) observer.notice(warning);
  return Project{std::move(tree), std::move(build_system)};
}

Result<Project> Project::copy(const Cancellation& cancellation) const {
  TRY(auto copied, tree.copy(cancellation));
  TRY(auto read, read_build_system(copied.root(), copied.origin()));
  return Project{std::move(copied), std::move(read)};
}

Workshop::Workshop(BuildOptions options, Observer& observer, const Cancellation& cancellation)
    : options_(std::move(options)), observer_(observer), cancellation_(cancellation) {}

Result<Hooks> Workshop::hooks_with(const Project& project,
                                   const std::vector<std::string>& requirements) {
  TRY(need_interpreter(project));
  if (!backends_) {
    TRY(options_.backend_program, find_backend_program(options_.backend_program));
    BackendBounds bounds;
    // Who gives hooks more time has a slow machine or backend.
    bounds.start = std::max(bounds.start, options_.hook_timeout.value_or(bounds.start));
    auto source = options_.backends ? options_.backends : make_launching_source();
    if (!options_.daemon_program.empty()) {
      source = make_daemon_source(options_.daemon_program, std::move(source));
    }
    backends_ = std::make_unique<KeepingProvider>(bounds, DeathBudget::Limits{}, std::move(source));
  }
  BackendSpec spec{.backend_program = options_.backend_program,
                   .module = project.build_system.backend_module,
                   .object = project.build_system.backend_object,
                   .backend_path = project.build_system.backend_path,
                   .hook_isolation = options_.hook_isolation,
                   .source_tree = project.tree.root(),
                   .project = project.tree.origin()};
  const auto callers = EnvironmentVariables::current().entries();
  if (options_.isolation == Isolation::none) {
    const Environment environment = Environment::of(*interpreter_);
    spec.python = environment.python();
    spec.environment = environment.environment_variables(callers);
    observer_.environment_ready({.environment = environment,
                                 .origin = EnvironmentUse::Origin::own,
                                 .requirements = shown_requirements(requirements)});
  } else {
    TRY(const auto environment, isolated_environment(project, requirements));
    // The other may come to hold more.
    spec.immutable_environment = !options_.environment_directory;
    spec.python = environment.python();
    spec.environment = environment.environment_variables(callers);
  }
  for (const auto& variable : options_.hook_variables) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    std::erase_if(spec.environment, [&](const auto& entry) { return entry.starts_with(name); });
    spec.environment.push_back(variable);
  }
  TRY(auto backend, backends_->backend_for(spec, observer_, cancellation_));
  const ipc::Started& started = backend->started();
  observer_.backend_ready(
      {.name = spec.backend_name(), .hook_isolation = started.hook_isolation, .pid = started.pid});
  return Hooks(std::move(backend),
               {.source_tree = project.tree.root(),
                .project = project.tree.origin(),
                .config_settings = options_.config_settings,
                .timeout = options_.hook_timeout,
                .idle_timeout = options_.hook_idle_timeout},
               observer_,
               cancellation_);
}

Result<Environment> Workshop::isolated_environment(const Project& project,
                                                   const std::vector<std::string>& requirements) {
  const std::string name = project.tree.origin().string();
  if (options_.environment_directory) {
    return options_.environment_directory->environment_for(
        options_, *interpreter_, requirements, observer_, cancellation_, name);
  }
  if (!environments_) environments_ = EnvironmentCache::create(options_);
  TRY(const auto environment,
      environments_->environment_for(*interpreter_, requirements, observer_, cancellation_, name));
  return *environment;
}

std::vector<std::string> Workshop::requirements_of(const Project& project) const {
  return joined(project.build_system.requirements, options_.extra_requirements);
}

Result<> Workshop::check_python(const Interpreter& interpreter, const Project& project) const {
  if (options_.requires_python == RequiresPython::ignored) return {};
  const std::string wanted = read_project_table(project.tree.root()).requires_python;
  // What cannot be read is for the build backend to complain of.
  const auto fits = fits_python(interpreter.version, wanted);
  if (!fits || *fits) return {};
  return fail(errc::environment_failed,
              fmt::format("{} is Python {}, and {} requires Python {}",
                          interpreter.executable.string(),
                          interpreter.version,
                          project.tree.origin().string(),
                          printable(wanted)),
              "choose another with --python, or go on with --ignore-requires-python");
}

Result<> Workshop::need_interpreter(const Project& project) {
  if (interpreter_) return {};
  TRY(auto interpreter, find_interpreter(options_.python, cancellation_));
  TRY(check_python(interpreter, project));
  interpreter_ = std::move(interpreter);
  observer_.interpreter_found(*interpreter_);
  return {};
}

Result<> Workshop::check_requirements(const Project& project,
                                      const std::vector<std::string>& requirements) {
  const bool wanted = options_.isolation == Isolation::none &&
                      options_.dependency_check == DependencyCheck::before_build;
  if (!wanted) return {};
  TRY(need_interpreter(project));
  return check_dependencies(*interpreter_, requirements, observer_, cancellation_);
}

Result<Hooks> Workshop::bare_hooks(const Project& project) {
  return hooks_with(project, requirements_of(project));
}

Result<std::vector<std::string>> Workshop::requirements_of(const Project& project,
                                                           ArtifactKind kind) {
  TRY(auto hooks, bare_hooks(project));
  return ask_requirements(hooks, kind);
}

Result<Hooks> Workshop::hooks_for(const Project& project, ArtifactKind kind) {
  const auto first = requirements_of(project);
  TRY(check_requirements(project, first));
  TRY(auto hooks, bare_hooks(project));
  TRY(const auto from_hook, ask_requirements(hooks, kind));
  if (const auto cycle = describe_cycle(project.build_system.project_name, from_hook)) {
    observer_.notice(*cycle);
  }
  const auto all = joined(first, from_hook);
  // Without isolation all is there already, or nothing will bring it.
  if (options_.isolation == Isolation::isolated && all.size() > first.size()) {
    TRY(hooks, hooks_with(project, all));
  } else if (all.size() > first.size()) {
    TRY(check_requirements(project, all));
  }
  return hooks;
}

}  // namespace axle::frontend
