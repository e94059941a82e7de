#include "frontend/backend_host.hpp"

#include "ipc/poll_fds.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace axle::frontend {
namespace {

using ipc::Clock;
using ipc::Event;
using ipc::SourceId;
using namespace std::chrono_literals;

constexpr std::size_t tail_capacity = 64u * 1024;
constexpr auto hook_death = 1s;  // SIGKILL until the end

/// What came instead of an event, short enough for a sentence and free of control characters.
std::string excerpt(std::string_view line) {
  std::string text;
  for (const char c : line.substr(0, 80)) text += c >= ' ' && c <= '~' ? c : '?';
  return fmt::format("'{}'{}", text, line.size() > 80 ? "..." : "");
}

}  // namespace

BackendHost::BackendHost(std::unique_ptr<HostProcess> process, HostChannels channels)
    : process_(std::move(process)),
      suspendable_(process_->pidfd()),
      stdin_(loop_.watch_writer(std::move(channels.in))),
      stdout_(loop_.watch_bytes(std::move(channels.out))),
      stderr_(loop_.watch_bytes(std::move(channels.err))),
      control_(loop_.watch_lines(std::move(channels.control), ipc::longest_event)),
      death_(loop_.watch_exit(process_->pidfd())) {}

Result<BackendHost> BackendHost::watch(std::unique_ptr<HostProcess> process,
                                       HostChannels channels) {
  try {
    return BackendHost(std::move(process), std::move(channels));
  } catch (const std::system_error& error) {
    return fail(errc::io_error,
                fmt::format("cannot watch axle-backend: {}", error.code().message()));
  }
}

Result<> BackendHost::watch_cancellation(const Cancellation& cancellation) {
  // The descriptor of a cancellation stays readable for ever; its edges tell of each request.
  stop_edges_.reset(epoll_create1(EPOLL_CLOEXEC));
  epoll_event edges{.events = EPOLLIN | EPOLLET, .data = {}};
  if (!stop_edges_ ||
      epoll_ctl(stop_edges_.number(), EPOLL_CTL_ADD, cancellation.fd(), &edges) != 0) {
    return fail_errno(errc::io_error, "cannot watch for a request to stop", errno);
  }
  stop_ = loop_.watch_readable(stop_edges_.number());
  return {};
}

void BackendHost::unwatch_cancellation() {
  if (stop_ != SourceId::none) loop_.remove(std::exchange(stop_, SourceId::none));
  stop_edges_.reset();
  std::erase_if(happenings_, [](const Happening& happening) {
    return std::holds_alternative<StopRequested>(happening);
  });
}

BackendHost::Happening BackendHost::next(ipc::Deadline deadline, Observer& observer) {
  // A flood of output must not hold up the deadline, nor hide what was told before it: so many
  // events can wait in front of one that is there.
  for (int looks = 256; happenings_.empty();) {
    const Event event = loop_.next_event(deadline);
    if (event.kind == Event::Kind::deadline) return TimeUp{};
    take(event, observer);
    if (happenings_.empty() && Clock::now() >= deadline && --looks == 0) return TimeUp{};
  }
  Happening happening = std::move(happenings_.front());
  happenings_.pop_front();
  return happening;
}

void BackendHost::take(const Event& event, Observer& observer) {
  switch (event.kind) {
    case Event::Kind::bytes:
      relayed_ += event.data.size();
      last_output_ = Clock::now();
      if (event.source == stderr_) {
        stderr_tail_ += event.data;
        if (stderr_tail_.size() > 2 * tail_capacity) {
          stderr_tail_.erase(0, stderr_tail_.size() - tail_capacity);
        }
      }
      observer.output(event.source == stdout_ ? Observer::Stream::out : Observer::Stream::err,
                      event.data);
      break;
    case Event::Kind::line: take_line(event.data, observer); break;
    case Event::Kind::overflow:
      happenings_.emplace_back(Nonsense{"told an event without end"});
      break;
    case Event::Kind::eof:
    case Event::Kind::send_failed:
      if ((event.source == control_ || event.source == stdin_) && !channel_closed_) {
        channel_closed_ = true;
        happenings_.emplace_back(ChannelClosed{});
      }
      break;
    case Event::Kind::exited: happenings_.emplace_back(Exited{}); break;
    case Event::Kind::readable: {
      epoll_event edge{};
      epoll_wait(stop_edges_.number(), &edge, 1, 0);
      stop_ = loop_.watch_readable(stop_edges_.number());
      happenings_.emplace_back(StopRequested{});
      break;
    }
    case Event::Kind::sent:
      if (event.source == stdin_) happenings_.emplace_back(Delivered{});
      break;
    case Event::Kind::signal:
    case Event::Kind::timer:
    case Event::Kind::deadline: break;
  }
}

void BackendHost::take_line(const std::string& line, Observer& observer) {
  auto event = ipc::decode_event(line);
  if (!event) {
    happenings_.emplace_back(Nonsense{fmt::format("told {}, which is no event", excerpt(line))});
  } else if (!*event) {
    return;  // of a later version of the protocol
  } else if (const auto* notice = std::get_if<ipc::Notice>(&**event)) {
    observer.notice(notice->text);
  } else {
    happenings_.emplace_back(**std::move(event));
  }
}

void BackendHost::take_remaining(SourceId source, Observer& observer) {
  for (const Event& event : loop_.drain(source)) take(event, observer);
}

void BackendHost::relay_output(Observer& observer) {
  take_remaining(stdout_, observer);
  take_remaining(stderr_, observer);
}

std::vector<ipc::BackendEvent> BackendHost::remaining_events(Observer& observer) {
  take_remaining(control_, observer);
  std::vector<ipc::BackendEvent> events;
  for (auto& happening : std::exchange(happenings_, {})) {
    if (auto* event = std::get_if<ipc::BackendEvent>(&happening)) {
      events.push_back(std::move(*event));
    }
  }
  return events;
}

void BackendHost::send(const ipc::Command& command) {
  loop_.send(stdin_, ipc::encode(command) + "\n");
}

void BackendHost::send(const ipc::Cancel& cancel) {
  loop_.send(control_, ipc::encode(cancel) + "\n");
}

ipc::ExitStatus BackendHost::kill() noexcept {
  killed_by_us_ = killed_by_us_ || alive();
  hook_.kill(hook_death);
  process_->send_signal_to_group(SIGKILL);
  return process_->reap();
}

ipc::ExitStatus BackendHost::await_exit(std::chrono::milliseconds until_terminated,
                                        std::chrono::milliseconds until_killed) {
  Observer nobody;
  for (const bool terminated : {false, true}) {
    if (terminated) process_->send_signal(SIGTERM);
    const auto deadline = ipc::deadline_in(terminated ? until_killed : until_terminated);
    for (;;) {
      const Happening happening = next(deadline, nobody);
      if (std::holds_alternative<Exited>(happening)) return kill();
      if (std::holds_alternative<StopRequested>(happening)) return kill();
      if (std::holds_alternative<TimeUp>(happening)) break;
    }
  }
  return kill();
}

bool BackendHost::give_back(const ipc::Started& started) noexcept {
  if (!process_->shared() || channel_closed_ || unfit_ || !alive()) return false;
  Observer nobody;
  relay_output(nobody);
  remaining_events(nobody);
  return !channel_closed_ && process_->give_back(started);
}

Error BackendHost::death_error(errc code,
                               const ipc::ExitStatus& status,
                               const std::string& ending) const {
  Error error{.code = code, .message = fmt::format("axle-backend (pid {}) {}", pid(), ending)};
  ipc::HookFailure failure;
  failure.code = status.success() ? 1 : std::min(status.shell_code(), 255);
  failure.exc_type = "BackendDied";
  failure.out_of_memory =
      status.signal == SIGKILL && !killed_by_us_ && oom_counter_.count() > oom_kills_;
  if (failure.out_of_memory) error.message += ": the system ran out of memory";
  failure.exc_msg = error.message;
  failure.signal = status.signal;
  failure.timed_out = code == errc::timed_out;
  failure.stderr_tail = stderr_tail();
  error.hook_failure = std::make_shared<const ipc::HookFailure>(std::move(failure));
  return error;
}

bool BackendHost::alive() const noexcept {
  pollfd end{.fd = process_->pidfd(), .events = POLLIN, .revents = 0};
  return ipc::poll_fd(end, 0) <= 0;  // a look that fails, with EINTR for one, has seen no end
}

std::string BackendHost::stderr_tail() const {
  return stderr_tail_.substr(stderr_tail_.size() - std::min(stderr_tail_.size(), tail_capacity));
}

}  // namespace axle::frontend
