// Tells events as JSON lines on the control descriptor.
#pragma once

#include "backend/teller.hpp"
#include "ipc/event.hpp"
#include "ipc/event_loop.hpp"

namespace axle::backend {

class ControlTeller final : public Teller {
 public:
  /// `control` is a source of `loop` that can be written to.
  ControlTeller(ipc::EventLoop& loop, ipc::SourceId control) : loop_(loop), control_(control) {}

  void started(const BackendInfo& info) override;
  void failed_to_start(const Error& error) override;
  void notice(const std::string& text) override;
  void rejected(const ipc::BadCommand& bad,
                std::string_view line,
                const std::optional<ipc::Outcome>& outcome,
                const std::string& trouble) override;
  void accepted(const ipc::Command& command, pid_t pid) override;
  void heartbeat(const ipc::Command& command, std::chrono::milliseconds elapsed) override;
  void finished(const ipc::Command& command,
                const ipc::Outcome& outcome,
                const std::string& trouble) override;
  bool take(const ipc::Event& event) override;
  void flush(std::chrono::milliseconds patience) override;

 private:
  void tell(const ipc::BackendEvent& event);
  ipc::EventLoop& loop_;
  ipc::SourceId control_;
  bool pending_ = false;  // told, not yet written
};

}  // namespace axle::backend
