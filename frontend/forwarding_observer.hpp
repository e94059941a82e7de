// An observer that tells another one everything: what stands between a build and its observer
// overrides what it wants to know, and passes it on as this class does.
//
//   void notice(std::string_view sentence) override {
//     count_ += 1;
//     ForwardingObserver::notice(sentence);
//   }
#pragma once

#include "frontend/observer.hpp"

#include <chrono>
#include <string_view>

namespace axle::frontend {

class ForwardingObserver : public Observer {
 public:
  /// `inner` must outlive it.
  explicit ForwardingObserver(Observer& inner) : inner_(inner) {}

  void started(const Activity& activity) override { inner_.started(activity); }
  void finished(const Activity& activity, bool succeeded, std::chrono::milliseconds took) override {
    inner_.finished(activity, succeeded, took);
  }
  void hook_runs_in(int pid) override { inner_.hook_runs_in(pid); }
  void hook_used(const ipc::ProcessorTime& used) override { inner_.hook_used(used); }
  void backend_trained(const ipc::Training& training) override { inner_.backend_trained(training); }
  void hook_ended(const HookEnd& end) override { inner_.hook_ended(end); }
  void interpreter_found(const Interpreter& interpreter) override {
    inner_.interpreter_found(interpreter);
  }
  void environment_ready(const EnvironmentUse& use) override { inner_.environment_ready(use); }
  void backend_ready(const BackendUse& use) override { inner_.backend_ready(use); }
  void artifact_finished(const Artifact& artifact) override { inner_.artifact_finished(artifact); }
  void output(Stream stream, std::string_view bytes) override { inner_.output(stream, bytes); }
  void notice(std::string_view sentence) override { inner_.notice(sentence); }
  void remark(std::string_view sentence) override { inner_.remark(sentence); }

 private:
  Observer& inner_;
};

}  // namespace axle::frontend
