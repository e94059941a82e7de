#include "frontend/host_process.hpp"

#include <utility>

namespace axle::frontend {
namespace {

class OwnProcess final : public HostProcess {
 public:
  explicit OwnProcess(ipc::ChildProcess child) : child_(std::move(child)) {}

  [[nodiscard]] pid_t pid() const noexcept override { return child_.pid(); }
  [[nodiscard]] int pidfd() const noexcept override { return child_.pidfd(); }
  void send_signal(int signal) noexcept override { child_.send_signal(signal); }
  void send_signal_to_group(int signal) noexcept override { child_.send_signal_to_group(signal); }
  ipc::ExitStatus reap() noexcept override { return child_.reap(); }

 private:
  ipc::ChildProcess child_;
};

}  // namespace

std::unique_ptr<HostProcess> own_process(ipc::ChildProcess child) {
  return std::make_unique<OwnProcess>(std::move(child));
}

}  // namespace axle::frontend
