// What clients and the daemon say to each other: one JSON object a line, over a unix socket on
// which both check that the other is of the same user. schemas/README.md, "The daemon".
//
//   client                                   daemon
//   lease   spec start_timeout_s         ->  leased  pid warm started   and 5 descriptors
//                                            refused reason
//   return  started                          (nothing: the connection is over)
//   reap                                 ->  reaped  status             once the backend has ended
//   status                               ->  status  ...
//   stop                                 ->  stopping leases
#pragma once

#include "frontend/backend_spec.hpp"
#include "ipc/error.hpp"
#include "ipc/json_text.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace axle::frontend {

/// To be changed with any message: another one has another socket.
inline constexpr int daemon_protocol = 1;
/// A line is at most this long, in bytes.
inline constexpr std::size_t longest_daemon_message = std::size_t{1} << 20;

/// A backend is wanted: a warm one that serves the spec, or one that is started for it.
struct LeaseRequest {
  BackendSpec spec;  ///< With the variables of `start_environment` alone.
  BackendBounds::Span start_bound{0};
};
/// The backend is idle, and as good as new for others; `started` is what it told of itself, as an
/// event.
struct ReturnRequest {
  std::string started;
};
/// How has it ended?
struct ReapRequest {};
struct StatusRequest {};
/// The daemon is to take no more clients, and to leave when the last lease is over.
struct StopRequest {};
using DaemonRequest =
    std::variant<LeaseRequest, ReturnRequest, ReapRequest, StatusRequest, StopRequest>;

/// With it come descriptors of the backend, in this order: pidfd, stdin, stdout, stderr, control.
struct LeaseReply {
  int pid = 0;
  std::string started;  ///< An event; empty: that is still to come.
};
/// One sentence, to be followed by doing without.
struct RefusedReply {
  std::string reason;
};
struct ReapReply {
  int status = 0;  ///< As waitpid(2) gives it.
};
/// One backend that the daemon keeps.
struct KeptBackend {
  int pid = 0;
  std::string backend;
  std::string python;
  std::string source_tree;  ///< Of an in-tree backend; else empty.
  bool leased = false;
  std::uint64_t leases = 0;
  std::chrono::seconds age{0};
  std::chrono::seconds unused{0};  ///< 0 while it is leased.
  std::uint64_t memory = 0;        ///< Bytes in RAM, of it and its processes.
};
struct StatusReply {
  int pid = 0;
  std::chrono::seconds age{0};
  std::uint64_t leases = 0;
  std::vector<KeptBackend> backends;
};
struct StopReply {
  std::size_t leases = 0;  ///< Under way: it leaves after the last.
};
using DaemonReply = std::variant<LeaseReply, RefusedReply, ReapReply, StatusReply, StopReply>;

/// One line, without a newline.
std::string encode(const DaemonRequest& request);
std::string encode(const DaemonReply& reply);
/// The members of a StatusReply, for people's programs.
ipc::JsonText to_json(const StatusReply& status);
/// Both fail with `errc::protocol_error`.
Result<DaemonRequest> decode_daemon_request(std::string_view line);
Result<DaemonReply> decode_daemon_reply(std::string_view line);

}  // namespace axle::frontend
