#include "ipc/event_loop.hpp"

#include "ipc/line_framer.hpp"
#include "ipc/stream_io.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace axle::ipc {
namespace {

namespace asio = boost::asio;

constexpr std::size_t chunk_size = 64 * 1024;

struct Source {
  enum class Kind { stream, exit, readable, signals, timer };
  SourceId id = SourceId::none;
  Kind kind = Kind::stream;
  UniqueFd fd;
  int watched = -1;  // fd's number, or a borrowed one
  StreamKind stream = StreamKind::other;

  std::uint32_t interest = 0;  // what epoll is asked for
  bool always_ready = false;   // epoll does not take regular files, and need not
  bool posted = false;         // always_ready, and on its way

  bool reading = false;
  bool paused = false;
  std::optional<LineFramer> framer;  // none: bytes

  std::string outgoing;
  std::size_t written = 0;
  bool send_failed = false;

  std::optional<asio::signal_set> signals;
  std::optional<asio::steady_timer> timer;
};

}  // namespace

Deadline deadline_in(std::chrono::milliseconds delay) noexcept {
  const Deadline now = Clock::now();
  if (delay <= std::chrono::milliseconds::zero()) return now;
  const auto most = std::chrono::floor<std::chrono::milliseconds>(no_deadline - now);
  return delay >= most ? no_deadline : now + delay;
}

// Asio makes every descriptor that it waits for non-blocking, and with it everything that shares
// its open file description: a terminal, another process's stdin. So the descriptors are in an
// epoll of ours, and asio waits for that.
struct EventLoop::Impl {
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::posix::stream_descriptor poller{io};
  std::map<SourceId, Source> sources;
  std::deque<Event> events;
  std::uint32_t last_id = 0;
  std::array<char, chunk_size> chunk;  // not zeroed, which would touch all of its pages

  Impl() {
    const int fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    poller.assign(fd);
    wait_for_poller();
  }

  Source* find(SourceId id) {
    const auto found = sources.find(id);
    return found == sources.end() ? nullptr : &found->second;
  }

  Source& add(Source::Kind kind) {
    const SourceId id{++last_id};
    Source& source = sources[id];
    source.id = id;
    source.kind = kind;
    return source;
  }

  Source& add_stream(UniqueFd fd) {
    Source& source = add(Source::Kind::stream);
    source.fd = std::move(fd);
    source.watched = source.fd.number();
    source.stream = stream_kind(source.watched);
    return source;
  }

  // Watches a copy of a borrowed descriptor, so that nothing can go wrong with its number.
  SourceId add_borrowed(Source::Kind kind, int fd) {
    Source& source = add(kind);
    source.fd.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
    source.watched = source.fd ? source.fd.number() : fd;
    const SourceId id = source.id;
    update(source);
    return id;
  }

  void forget(Source& source) {
    set_interest(source, 0);
    sources.erase(source.id);
  }

  void push(Source& source, Event::Kind kind, std::string data = {}, int number = 0) {
    events.push_back(
        {.kind = kind, .source = source.id, .data = std::move(data), .number = number});
  }

  // --- readiness ---

  void wait_for_poller() {
    poller.async_wait(
        asio::posix::descriptor_base::wait_read, [this](const boost::system::error_code& error) {
          if (error) return;
          std::array<epoll_event, 32> ready{};
          const int count =
              ::epoll_wait(poller.native_handle(), ready.data(), static_cast<int>(ready.size()), 0);
          for (int i = 0; i < count; ++i) {
            const auto& entry = ready.at(static_cast<std::size_t>(i));
            if (Source* source = find(SourceId{entry.data.u32})) {
              on_ready(*source, entry.events);
            }
          }
          wait_for_poller();
        });
  }

  void on_ready(Source& source, std::uint32_t ready) {
    constexpr std::uint32_t ended = EPOLLHUP | EPOLLERR;
    switch (source.kind) {
      case Source::Kind::exit:
        if (!source.always_ready && !readable_now(source.watched)) return;
        push(source, Event::Kind::exited);
        return forget(source);
      case Source::Kind::readable: push(source, Event::Kind::readable); return forget(source);
      case Source::Kind::stream:
        if ((source.interest & EPOLLIN) != 0 && (ready & (EPOLLIN | ended)) != 0) read(source);
        if ((source.interest & EPOLLOUT) != 0 && (ready & (EPOLLOUT | ended)) != 0) write(source);
        return update(source);
      case Source::Kind::signals:
      case Source::Kind::timer: return;
    }
  }

  /// Asks epoll for what the source now waits for.
  void update(Source& source) {
    std::uint32_t wanted = 0;
    if (source.kind == Source::Kind::stream) {
      if (source.reading && !source.paused) wanted |= EPOLLIN;
      if (!source.outgoing.empty()) wanted |= EPOLLOUT;
    } else {
      wanted = EPOLLIN;
    }
    set_interest(source, wanted);
  }

  void set_interest(Source& source, std::uint32_t wanted) {
    const std::uint32_t had = std::exchange(source.interest, wanted);
    if (!source.always_ready && wanted != had) {
      epoll_event entry{};
      entry.events = wanted;
      entry.data.u32 = static_cast<std::uint32_t>(source.id);
      const int operation = wanted == 0 ? EPOLL_CTL_DEL : had == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
      const int result = ::epoll_ctl(poller.native_handle(), operation, source.watched, &entry);
      // What epoll does not take is ready (a regular file), or tells why not when it is used.
      if (result != 0 && wanted != 0) source.always_ready = true;
    }
    if (source.always_ready && wanted != 0 && !source.posted) {
      source.posted = true;
      asio::post(io, [this, id = source.id] {
        Source* found = find(id);
        if (found == nullptr) return;
        found->posted = false;
        on_ready(*found, found->interest);
      });
    }
  }

  // --- streams ---

  void set_paused(SourceId id, bool paused) {
    Source* source = find(id);
    if (source == nullptr || source->kind != Source::Kind::stream) return;
    source->paused = paused;
    update(*source);
  }

  // Reads one chunk and returns its size; 0 if there was none.
  std::size_t read(Source& source) {
    const Transfer transfer = read_some(source.watched, source.stream, chunk);
    if (transfer.state == Transfer::State::not_now) return 0;
    if (transfer.count == 0) {
      end_of(source);
      return 0;
    }
    const std::string_view bytes(chunk.data(), transfer.count);
    if (source.framer) {
      source.framer->feed(bytes);
      while (auto item = source.framer->next()) push_line(source, std::move(*item));
    } else {
      push(source, Event::Kind::bytes, std::string(bytes));
    }
    return bytes.size();
  }

  void push_line(Source& source, LineFramer::Item item) {
    if (auto* line = std::get_if<std::string>(&item)) {
      push(source, Event::Kind::line, std::move(*line));
    } else {
      push(source, Event::Kind::overflow);
    }
  }

  void flush_line(Source& source) {
    if (!source.framer) return;
    if (auto item = source.framer->finish()) push_line(source, std::move(*item));
  }

  void end_of(Source& source) {
    flush_line(source);
    push(source, Event::Kind::eof);
    source.reading = false;
    if (source.stream == StreamKind::socket) return;  // can perhaps still be written to
    set_interest(source, 0);
    source.fd.reset();
    source.watched = -1;
  }

  void write(Source& source) {
    while (!source.outgoing.empty()) {
      const auto rest = std::string_view(source.outgoing).substr(source.written);
      const Transfer transfer = write_some(source.watched, source.stream, rest);
      switch (transfer.state) {
        case Transfer::State::not_now: return;
        case Transfer::State::failed:
          source.outgoing = {};
          source.send_failed = true;
          return push(source, Event::Kind::send_failed);
        case Transfer::State::done: source.written += transfer.count;
      }
      if (source.written == source.outgoing.size()) {
        source.outgoing = {};
        source.written = 0;
        push(source, Event::Kind::sent);
      }
    }
  }

  // --- signals ---

  void wait_for_signal(Source& source) {
    source.signals->async_wait(
        [this, id = source.id](const boost::system::error_code& error, int number) {
          Source* found = error ? nullptr : find(id);
          if (found == nullptr) return;
          push(*found, Event::Kind::signal, {}, number);
          wait_for_signal(*found);
        });
  }

  // --- events ---

  // Nothing is read while an event waits, so what waits is at most a chunk of each source: a
  // caller who is slow slows the writers down.
  void run(Deadline deadline) {
    while (events.empty()) {
      if (deadline == no_deadline) {
        io.run_one();
      } else if (Clock::now() < deadline) {
        io.run_one_until(Clock::on_system(deadline));
      } else if (io.poll_one() == 0) {
        return;
      }
    }
  }
};

EventLoop::EventLoop() try : impl_(std::make_unique<Impl>()) {
} catch (const boost::system::system_error& error) {
  throw std::system_error(
      error.code().value(), std::generic_category(), "cannot make an event loop");
}

EventLoop::EventLoop(EventLoop&&) noexcept = default;
EventLoop& EventLoop::operator=(EventLoop&&) noexcept = default;
EventLoop::~EventLoop() = default;

SourceId EventLoop::watch_lines(UniqueFd fd, std::size_t longest_line) {
  Source& source = impl_->add_stream(std::move(fd));
  source.framer.emplace(longest_line);
  source.reading = true;
  impl_->update(source);
  return source.id;
}

SourceId EventLoop::watch_bytes(UniqueFd fd) {
  Source& source = impl_->add_stream(std::move(fd));
  source.reading = true;
  impl_->update(source);
  return source.id;
}

SourceId EventLoop::watch_exit(int pidfd) {
  return impl_->add_borrowed(Source::Kind::exit, pidfd);
}

SourceId EventLoop::watch_readable(int fd) {
  return impl_->add_borrowed(Source::Kind::readable, fd);
}

SourceId EventLoop::watch_writer(UniqueFd fd) {
  return impl_->add_stream(std::move(fd)).id;
}

SourceId EventLoop::watch_signals(std::initializer_list<int> signals) {
  Source& source = impl_->add(Source::Kind::signals);
  try {
    source.signals.emplace(impl_->io);
  } catch (const boost::system::system_error& error) {
    throw std::system_error(
        error.code().value(), std::generic_category(), "cannot watch for signals");
  }
  for (const int signal : signals) {
    boost::system::error_code cannot_be_caught;
    source.signals->add(signal, cannot_be_caught);
  }
  impl_->wait_for_signal(source);
  return source.id;
}

SourceId EventLoop::start_timer(Deadline deadline) {
  Source& source = impl_->add(Source::Kind::timer);
  source.timer.emplace(impl_->io, Clock::on_system(deadline));
  source.timer->async_wait([impl = impl_.get(), id = source.id](const auto& error) {
    Source* found = error ? nullptr : impl->find(id);
    if (found == nullptr) return;
    impl->push(*found, Event::Kind::timer);
    impl->forget(*found);
  });
  return source.id;
}

void EventLoop::send(SourceId id, std::string bytes) {
  Source* source = impl_->find(id);
  if (source == nullptr || source->kind != Source::Kind::stream || source->send_failed) return;
  if (!source->outgoing.empty()) {
    source->outgoing += bytes;
  } else if (!bytes.empty()) {
    source->outgoing = std::move(bytes);
  } else {
    return impl_->push(*source, Event::Kind::sent);
  }
  impl_->write(*source);
  impl_->update(*source);
}

void EventLoop::pause(SourceId id) {
  impl_->set_paused(id, true);
}

void EventLoop::resume(SourceId id) {
  impl_->set_paused(id, false);
}

void EventLoop::remove(SourceId id) {
  if (Source* source = impl_->find(id)) impl_->forget(*source);
  std::erase_if(impl_->events, [id](const Event& event) { return event.source == id; });
}

Event EventLoop::next_event(Deadline deadline) {
  impl_->run(deadline);
  if (impl_->events.empty()) return {};
  Event event = std::move(impl_->events.front());
  impl_->events.pop_front();
  return event;
}

std::vector<Event> EventLoop::drain(SourceId id) {
  std::vector<Event> drained;
  Source* source = impl_->find(id);
  if (source == nullptr || source->kind != Source::Kind::stream) return drained;
  // What is there at the start, and one read more, which finds the end: a writer that lives on
  // cannot keep us here.
  auto rest = static_cast<std::ptrdiff_t>(bytes_waiting(source->watched));
  while (rest >= 0 && source->reading && readable_now(source->watched)) {
    const std::size_t count = impl_->read(*source);
    if (count == 0) break;
    rest -= static_cast<std::ptrdiff_t>(count);
  }
  if (source->reading) impl_->flush_line(*source);
  auto& events = impl_->events;
  const auto its = std::ranges::stable_partition(
      events, [id](const Event& event) { return event.source != id; });
  drained.assign(std::make_move_iterator(its.begin()), std::make_move_iterator(its.end()));
  events.erase(its.begin(), its.end());
  impl_->update(*source);
  return drained;
}

}  // namespace axle::ipc
