#include "backend/python_runner.hpp"

#include "ipc/private_process.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace axle::backend {

PythonRunner::PythonRunner(std::string python, InterpreterSpec spec, EventPump& pump)
    : python_(std::move(python)), spec_(std::move(spec)), pump_(pump) {}

Result<> PythonRunner::start_interpreter(ipc::Deadline deadline) {
  if (auto told = look_at({})) death_ = *std::move(told);
  interpreter_.reset();
  used_ = false;
  cooled_ = std::exchange(was_warm_, false);
  if (spec_.python.empty()) {
    const char* path = std::getenv("PATH");
    const auto found = ipc::find_program(python_, path != nullptr ? path : "/usr/bin:/bin");
    if (!found) {
      return fail(errc::environment_failed,
                  fmt::format("there is no interpreter '{}'", python_),
                  "give the path of an executable Python with --python");
    }
    spec_.python = *found;
  }
  TRY(interpreter_, WarmInterpreter::start(spec_, pump_, deadline));
  return {};
}

Result<BackendInfo> PythonRunner::start(ipc::Deadline deadline) {
  TRY(start_interpreter(deadline));
  if (spec_.hook_isolation == HookIsolation::forked && interpreter_->extra_threads() > 0) {
    // A fork copies one thread only, with whatever locks the others hold.
    notice_ = fmt::format(
        "{} starts {} thread(s) when it is imported, so each hook runs in an interpreter of its "
        "own",
        spec_.module,
        interpreter_->extra_threads());
    spec_.hook_isolation = HookIsolation::fresh;
    TRY(start_interpreter(deadline));
  }
  // In the other modes a hook that has closed its pipe opens it anew through us.
  if (spec_.hook_isolation == HookIsolation::forked) ipc::keep_memory_private();
  BackendInfo info = interpreter_->info();
  info.notice = notice_;
  return info;
}

Result<HookProcess> PythonRunner::launch(const ipc::Command& command) {
  const bool fresh = spec_.hook_isolation == HookIsolation::fresh;
  for (bool again = false;;) {
    if (!interpreter_ || !interpreter_->alive() || (fresh && used_)) {
      TRY(start_interpreter(ipc::deadline_in(spec_.start_time)));
    }
    used_ = true;
    auto hook = interpreter_->launch(command);
    if (hook) return hook;
    if (hook.error().code != errc::backend_gone) return hook;
    if (take_variables(command)) continue;
    // It died before the hook began: nothing is lost, once.
    if (again) return hook;
    again = true;
  }
}

bool PythonRunner::take_variables(const ipc::Command& command) {
  const auto names = interpreter_->take_decisive_variables();
  for (const std::string& name : command.env ? names : std::vector<std::string>{}) {
    const auto found = command.env->find(name);
    spec_.variables[name] =
        found == command.env->end() ? std::nullopt : std::optional(found->second);
  }
  return !names.empty();
}

ipc::ExitStatus PythonRunner::reap(const HookProcess& process) {
  // Without one its orphan is the host's, and is swept away.
  return interpreter_ ? interpreter_->reap(process) : ipc::ExitStatus{.code = 1};
}

std::optional<Warmth> PythonRunner::news_of_warmth() {
  auto news = interpreter_ ? interpreter_->news_of_warmth() : std::nullopt;
  const bool cooled = std::exchange(cooled_, false);
  if (!news && cooled) news.emplace();
  was_warm_ = was_warm_ || news;
  return news;
}

std::optional<ipc::ProcessorTime> PythonRunner::take_processor_time() {
  return interpreter_ ? interpreter_->take_processor_time() : std::nullopt;
}

std::vector<pid_t> PythonRunner::lasting() const {
  if (!interpreter_) return {};
  return {interpreter_->pid()};
}

std::optional<std::string> PythonRunner::look_at(const ipc::Event& event) {
  if (!death_.empty()) return std::exchange(death_, {});
  if (!interpreter_) return std::nullopt;
  auto told = interpreter_->look_at(event);
  if (told) *told += "; the next hook gets another";
  return told;
}

}  // namespace axle::backend
