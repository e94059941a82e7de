#include "backend/farewell.hpp"

#include "backend/failure.hpp"
#include "backend/sweep.hpp"
#include "backend/wait_readable.hpp"
#include "ipc/process_state.hpp"

#include <chrono>
#include <utility>

namespace axle::backend {
namespace {

using namespace std::chrono_literals;

constexpr auto death_time = 1s;  // SIGKILL until the end; what takes longer hangs in the kernel

}  // namespace

void Farewell::to(HookProcess process, const std::string& hook) {
  settle();
  hook_ = hook;
  leaving_ = std::move(process);
  end_ = pump_.loop().watch_exit(leaving_->pidfd.number());
  time_is_up_ = pump_.loop().start_timer(ipc::deadline_in(death_time));
}

void Farewell::look_at(const ipc::Event& event) {
  if (event.source == ipc::SourceId::none) return;
  if (event.source == end_ || event.source == time_is_up_) settle();
}

void Farewell::settle() {
  if (!leaving_) return;
  const HookProcess process = *std::exchange(leaving_, std::nullopt);
  pump_.forget(std::exchange(end_, ipc::SourceId::none));
  pump_.forget(std::exchange(time_is_up_, ipc::SourceId::none));
  if (wait_readable(process.pidfd.number(), ipc::deadline_in(death_time))) {
    runner_.reap(process);
    runner_.take_processor_time();  // it has told what the hook took
    sweep_after(hook_, strays_, runner_, teller_);
    return;
  }
  strays_.give_up(process.pid);
  runner_.abandon(process);
  teller_.notice(unkillable(hook_, process.pid, ipc::process_state(process.pid)).exc_msg);
}

}  // namespace axle::backend
