// Runs hooks of a Python build backend: in forks of a warm interpreter, inside it, or in an
// interpreter started for each.
#pragma once

#include "backend/event_pump.hpp"
#include "backend/hook_runner.hpp"
#include "backend/options.hpp"
#include "backend/warm_interpreter.hpp"

#include <memory>
#include <string>

namespace axle::backend {

class PythonRunner final : public HookRunner {
 public:
  /// `python` is a path or a name on PATH. `spec.python` is found by it.
  PythonRunner(std::string python, InterpreterSpec spec, EventPump& pump);

  Result<BackendInfo> start(ipc::Deadline deadline) override;
  Result<HookProcess> launch(const ipc::Command& command) override;
  ipc::ExitStatus reap(const HookProcess& process) override;
  void abandon(const HookProcess& /*process*/) noexcept override {
    if (interpreter_) interpreter_->abandon();
  }
  [[nodiscard]] std::vector<pid_t> lasting() const override;
  std::optional<std::string> look_at(const ipc::Event& event) override;
  std::optional<Warmth> news_of_warmth() override;
  std::optional<ipc::ProcessorTime> take_processor_time() override;
  void stop() noexcept override { interpreter_.reset(); }

 private:
  Result<> start_interpreter(ipc::Deadline deadline);
  /// Has the next interpreter start with those variables of the command for which the last one has
  /// left; false: it has left for something else.
  bool take_variables(const ipc::Command& command);

  std::string python_;
  InterpreterSpec spec_;
  EventPump& pump_;
  std::unique_ptr<WarmInterpreter> interpreter_;
  std::string notice_;
  std::string death_;      // of an interpreter that has been replaced, not yet told
  bool was_warm_ = false;  // the interpreter has told of its warmth
  bool cooled_ = false;    // that has been replaced since, not yet told
  bool used_ = false;      // fresh: the interpreter has run its one hook
};

}  // namespace axle::backend
