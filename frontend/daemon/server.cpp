#include "frontend/daemon/server.hpp"

#include "frontend/leftovers.hpp"
#include "frontend/own_limits.hpp"
#include "ipc/unix_socket.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace axle::frontend {
namespace {

using namespace std::chrono_literals;
using ipc::Clock;
using ipc::Event;
using ipc::SourceId;
using ipc::UniqueFd;

constexpr std::size_t most_clients = 256;
/// Of one client; it needs three. Who floods us with them must not hold up the others.
constexpr int most_requests = 16;
/// From the connection to the first request. One that holds a lease may take its time.
constexpr auto request_time = 1s;
constexpr auto leave_time = 3s;

/// As waitpid(2) gives it.
int wait_status(const ipc::ExitStatus& status) {
  if (status.signal != 0) return status.signal | (status.core_dumped ? 0x80 : 0);
  return std::min(status.code, 255) << 8;
}

/// One connection.
struct Client {
  UniqueFd socket;  // for sending; the loop has another descriptor of it
  SourceId patience = SourceId::none;
  int requests = 0;
  std::optional<WarmPool::Id> lease = std::nullopt;
  bool waits_for_end = false;  // of the backend it has leased
};

class Server {
 public:
  Server(const DaemonPlace& place, Listening listening, const DaemonOptions& options)
      : place_(place),
        options_(options),
        listening_(std::move(listening)),
        log_(place.log()),
        pool_(loop_, log_, options.pool) {}

  Result<> run();

 private:
  Result<> watch_place();
  void keep_limits();
  void take_event(const Event& event);
  void take_clients();
  void take_client(UniqueFd socket);
  void take_line(SourceId source, const std::string& line);
  void answer(SourceId source, const LeaseRequest& request);
  void answer(SourceId source, const ReturnRequest& request);
  void answer(SourceId source, const ReapRequest& request);
  void answer(SourceId source, const StatusRequest& request);
  void answer(SourceId source, const StopRequest& request);
  void tell_end(SourceId source, Client& client);
  void reply(SourceId source, const DaemonReply& reply);
  void drop(SourceId source);
  void stop(const std::string& why);
  void stop_listening();
  [[nodiscard]] bool socket_is_ours() const;
  [[nodiscard]] ipc::Deadline next_look() const;

  const DaemonPlace place_;
  const DaemonOptions options_;
  Listening listening_;
  struct stat socket_file_{};
  DaemonLog log_;
  const OwnLimits limits_;  // which are those of the builds that it serves, and of its backends
  ipc::EventLoop loop_;
  WarmPool pool_;
  UniqueFd names_;  // tells when the folder or what is in it changes
  SourceId listener_ = SourceId::none;
  SourceId changes_ = SourceId::none;
  SourceId signals_ = SourceId::none;
  std::map<SourceId, Client> clients_;
  Clock::time_point last_use_ = Clock::now();
  Clock::time_point since_ = Clock::now();
  std::uint64_t leases_ = 0;
  bool stopping_ = false;
  bool at_once_ = false;
};

Result<> Server::watch_place() {
  names_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const auto changes = static_cast<std::uint32_t>(IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                                  IN_DELETE_SELF | IN_MOVE_SELF);
  // Where the system has no watch to spare we may stay longer than we should, until we are idle.
  if (names_ && inotify_add_watch(names_.number(), place_.folder.c_str(), changes) >= 0) {
    changes_ = loop_.watch_readable(names_.number());
  }
  if (::lstat(place_.socket().c_str(), &socket_file_) != 0) {
    return fail_errno(errc::io_error, "cannot find " + place_.socket().string(), errno);
  }
  return {};
}

Result<> Server::run() {
  TRY(watch_place());
  listener_ = loop_.watch_readable(listening_.socket.number());
  signals_ = loop_.watch_signals({SIGTERM, SIGINT, SIGHUP, SIGCHLD});
  adopt_orphans();
  log_.write("listens");
  while (!stopping_ || pool_.leased() > 0) {
    const Event event = loop_.next_event(next_look());
    keep_limits();
    if (event.kind == Event::Kind::deadline) {
      pool_.let_unused_leave();
      if (pool_.leased() == 0 && last_use_ + options_.idle <= Clock::now()) stop("it is idle");
    } else {
      take_event(event);
    }
    if (at_once_) break;
  }
  stop_listening();
  pool_.let_all_idle_leave();
  for (const auto deadline = ipc::deadline_in(leave_time); pool_.leased() == 0 && !pool_.empty();) {
    const Event event = loop_.next_event(deadline);
    if (event.kind == Event::Kind::deadline) break;
    pool_.look_at(event);
  }
  end_orphans([&](pid_t pid) { return pool_.has(pid); });
  log_.write("leaves");
  return {};
}

ipc::Deadline Server::next_look() const {
  const auto idle = pool_.leased() > 0 ? ipc::no_deadline : last_use_ + options_.idle;
  return std::min(idle, pool_.next_expiry());
}

/// A hook can lower them, and it cannot be told when: before anything is done that they are for.
void Server::keep_limits() {
  const auto lowered = limits_.put_back();
  if (!lowered || stopping_) return;
  log_.write("its limits were lowered");
  if (!lowered->for_good.empty()) stop("its limits cannot be put back: " + lowered->for_good);
}

void Server::take_event(const Event& event) {
  if (event.source == listener_) {
    if (!stopping_) take_clients();
  } else if (event.source == changes_) {
    std::array<char, 4096> told;
    while (::read(names_.number(), told.data(), told.size()) > 0) {
    }
    changes_ = loop_.watch_readable(names_.number());
    if (!stopping_ && !socket_is_ours()) stop("its socket was removed or replaced");
  } else if (event.kind == Event::Kind::signal) {
    if (event.number == SIGCHLD) {
      end_orphans([&](pid_t pid) { return pool_.has(pid); });
    } else {
      at_once_ = stopping_;
      stop("it was told to by a signal");
    }
  } else if (const auto found = clients_.find(event.source); found != clients_.end()) {
    if (event.kind == Event::Kind::line) {
      take_line(event.source, event.data);
    } else if (event.kind != Event::Kind::sent) {
      drop(event.source);
    }
  } else if (event.kind == Event::Kind::timer) {
    for (const auto& [source, client] : clients_) {
      if (client.patience == event.source) return drop(source);
    }
    pool_.look_at(event);
  } else if (const auto ended = pool_.look_at(event)) {
    for (auto& [source, client] : clients_) {
      if (client.lease == ended && client.waits_for_end) return tell_end(source, client);
    }
  }
}

void Server::take_clients() {
  for (;;) {
    UniqueFd socket(
        ::accept4(listening_.socket.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) break;
    take_client(std::move(socket));
  }
  // Who waits still waits then, and there is nothing else to wait for: another daemon can be had.
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    return stop("it cannot take connections");
  }
  listener_ = loop_.watch_readable(listening_.socket.number());
}

void Server::take_client(UniqueFd socket) {
  const auto peer = ipc::peer_of(socket.number());
  if (!peer || peer->uid != ::geteuid() || clients_.size() >= most_clients) return;
  UniqueFd sending(fcntl(socket.number(), F_DUPFD_CLOEXEC, 3));
  if (!sending) return;
  const auto source = loop_.watch_lines(std::move(socket), longest_daemon_message);
  clients_[source] = {.socket = std::move(sending),
                      .patience = loop_.start_timer(ipc::deadline_in(request_time))};
}

void Server::take_line(SourceId source, const std::string& line) {
  Client& client = clients_.at(source);
  if (client.patience != SourceId::none) {
    loop_.remove(std::exchange(client.patience, SourceId::none));
  }
  if (++client.requests > most_requests) {
    log_.write("dropped a client: it asks too much");
    return drop(source);
  }
  const auto request = decode_daemon_request(line);
  if (!request) {
    log_.write("dropped a client: " + request.error().message);
    return drop(source);
  }
  std::visit([&](const auto& wish) { answer(source, wish); }, *request);
}

void Server::answer(SourceId source, const LeaseRequest& request) {
  Client& client = clients_.at(source);
  last_use_ = Clock::now();
  if (client.lease) return drop(source);  // one at a time for each connection
  if (stopping_) return reply(source, RefusedReply{"the daemon is stopping"});
  auto offer = pool_.lease(request);
  if (!offer) return reply(source, RefusedReply{offer.error().message});
  ++leases_;
  client.lease = offer->id;
  // It is the first thing that is sent here, and fits; nobody waits for a client.
  if (!ipc::send_with_fds(client.socket.number(), encode(offer->reply) + "\n", offer->fds)) {
    drop(source);
  }
}

void Server::answer(SourceId source, const ReturnRequest& request) {
  Client& client = clients_.at(source);
  last_use_ = Clock::now();
  if (client.lease) pool_.give_back(*std::exchange(client.lease, std::nullopt), request.started);
  drop(source);
}

void Server::answer(SourceId source, const ReapRequest& /*request*/) {
  Client& client = clients_.at(source);
  if (!client.lease) return drop(source);
  client.waits_for_end = true;
  tell_end(source, client);
}

void Server::tell_end(SourceId source, Client& client) {
  const auto end = pool_.end_of(*client.lease);
  if (!end) return;  // its end is an event that is still to come
  client.waits_for_end = false;
  reply(source, ReapReply{wait_status(*end)});
}

void Server::answer(SourceId source, const StatusRequest& /*request*/) {
  reply(source,
        StatusReply{.pid = ::getpid(),
                    .age = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - since_),
                    .leases = leases_,
                    .backends = pool_.report()});
}

void Server::answer(SourceId source, const StopRequest& /*request*/) {
  stop("it was told to");
  reply(source, StopReply{pool_.leased()});
}

void Server::reply(SourceId source, const DaemonReply& reply) {
  // At once: after a reply we may leave. It fits the socket, or the client does not read.
  const std::string line = encode(reply) + "\n";
  const int socket = clients_.at(source).socket.number();
  const auto sent = ::send(socket, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(line.size())) drop(source);
}

void Server::drop(SourceId source) {
  Client& client = clients_.at(source);
  if (client.lease) pool_.abandon(*client.lease);
  if (client.patience != SourceId::none) loop_.remove(client.patience);
  loop_.remove(source);
  clients_.erase(source);
}

void Server::stop(const std::string& why) {
  if (stopping_) return;
  log_.write(fmt::format("stops: {}", why));
  stopping_ = true;
  stop_listening();
}

void Server::stop_listening() {
  if (!listening_.socket) return;
  // Ours alone: another may have taken the place already. Whoever wants it waits for the lock.
  if (socket_is_ours()) ::unlink(place_.socket().c_str());
  loop_.remove(listener_);
  listening_.socket.reset();
  listening_.lock.reset();
}

bool Server::socket_is_ours() const {
  struct stat now{};
  return ::lstat(place_.socket().c_str(), &now) == 0 && now.st_dev == socket_file_.st_dev &&
         now.st_ino == socket_file_.st_ino;
}

}  // namespace

Result<> serve(const DaemonPlace& place, Listening listening, const DaemonOptions& options) {
  try {
    return Server(place, std::move(listening), options).run();
  } catch (const std::system_error& error) {
    return fail(errc::io_error, error.what());
  }
}

}  // namespace axle::frontend
