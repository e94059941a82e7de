// Tells events as JSON lines on the control descriptor.
#pragma once

#include "backend/event_pump.hpp"
#include "backend/teller.hpp"
#include "ipc/event.hpp"
#include "ipc/event_loop.hpp"

#include <cstdint>
#include <string>

namespace axle::backend {

class ControlTeller final : public Teller {
 public:
  /// `control` is a source of the pump's loop that can be written to.
  ControlTeller(EventPump& pump, ipc::SourceId control) : pump_(pump), control_(control) {}

  void started(const BackendInfo& info) override;
  void failed_to_start(const Error& error) override;
  void notice(const std::string& text) override;
  void warm(const Warmth& warmth) override;
  void rejected(const ipc::BadCommand& bad,
                std::string_view line,
                const std::optional<ipc::Outcome>& outcome,
                const std::string& trouble) override;
  void accepted(const ipc::Command& command) override;
  void running(const ipc::Command& command, pid_t pid) override;
  void finished(const ipc::Command& command,
                const ipc::Outcome& outcome,
                const std::string& trouble,
                const std::optional<ipc::ProcessorTime>& used) override;
  bool take(const ipc::Event& event) override;
  void flush(std::chrono::milliseconds patience) override;

 private:
  void tell(const ipc::BackendEvent& event);
  void advance();
  void arm_heart();

  EventPump& pump_;
  ipc::SourceId control_;
  std::string queue_;     // told, not yet given to the loop
  bool pending_ = false;  // given to the loop, not yet written; so no more than one at a time
  bool frontend_gone_ = false;
  ipc::SourceId heart_ = ipc::SourceId::none;
  std::uint64_t accepted_id_ = 0;
  ipc::Deadline accepted_at_{};
};

}  // namespace axle::backend
