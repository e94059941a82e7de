#include "frontend/daemon/messages.hpp"
#include "frontend/start_environment.hpp"

#include <doctest/doctest.h>

using namespace axle;
using namespace axle::frontend;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("frontend::DaemonRequest");

TEST_CASE("Requests to the daemon come back as they were") {
  const LeaseRequest lease{.spec = {.backend_program = "/x/axle-backend",
                                    .python = "/x/python",
                                    .module = "m",
                                    .object = "o",
                                    .backend_path = {"/tree/a", "/tree/b\xff"},
                                    .immutable_environment = true,
                                    .hook_isolation = HookIsolation::forked,
                                    .environment = {"PATH=/bin", "LANG=\xe9"},
                                    .source_tree = "/tree"},
                           .start_bound = 1500ms};
  const auto decoded = decode_daemon_request(encode(DaemonRequest(lease))).value();
  CHECK(std::get<LeaseRequest>(decoded).spec == lease.spec);
  CHECK(std::get<LeaseRequest>(decoded).start_bound == 1500ms);
  const auto returned =
      decode_daemon_request(encode(DaemonRequest(ReturnRequest{.started = "{\"a\": 1}"}))).value();
  CHECK(std::get<ReturnRequest>(returned).started == "{\"a\": 1}");
  for (const DaemonRequest& request : {DaemonRequest(ReapRequest{}),
                                       DaemonRequest(StatusRequest{}),
                                       DaemonRequest(StopRequest{})}) {
    CHECK(decode_daemon_request(encode(request)).value().index() == request.index());
  }
}

TEST_CASE("Replies of the daemon come back as they were") {
  const auto lease =
      decode_daemon_reply(encode(DaemonReply(LeaseReply{.pid = 7, .started = "x"}))).value();
  CHECK(std::get<LeaseReply>(lease).pid == 7);
  CHECK(std::get<LeaseReply>(lease).started == "x");
  const auto refused =
      decode_daemon_reply(encode(DaemonReply(RefusedReply{.reason = "no"}))).value();
  CHECK(std::get<RefusedReply>(refused).reason == "no");
  const auto reaped = decode_daemon_reply(encode(DaemonReply(ReapReply{.status = 9}))).value();
  CHECK(std::get<ReapReply>(reaped).status == 9);
  const auto stopping = decode_daemon_reply(encode(DaemonReply(StopReply{.leases = 2}))).value();
  CHECK(std::get<StopReply>(stopping).leases == 2);
  const StatusReply told{.pid = 3,
                         .age = 61s,
                         .leases = 5,
                         .backends = {{.pid = 4,
                                       .backend = "b",
                                       .python = "/p",
                                       .source_tree = "/t",
                                       .leased = true,
                                       .leases = 2,
                                       .age = 60s,
                                       .unused = 1s,
                                       .memory = 4096}}};
  const auto reply = decode_daemon_reply(encode(DaemonReply(told))).value();
  const auto& status = std::get<StatusReply>(reply);
  CHECK(status.age == 61s);
  CHECK(status.leases == 5);
  REQUIRE(status.backends.size() == 1);
  CHECK(status.backends[0].source_tree == "/t");
  CHECK(status.backends[0].leased);
  CHECK(status.backends[0].unused == 1s);
  CHECK(status.backends[0].memory == 4096);
}

TEST_CASE("M7 Messages that make no sense are refused") {
  for (const char* line : {"",
                           "[]",
                           "{}",
                           R"({"op": 1})",
                           R"({"op": "fly"})",
                           R"({"op": "lease"})",
                           R"({"op": "lease", "spec": {}, "start_timeout_s": 1})",
                           R"({"op": "lease", "spec": {"backend_program": "relative"}})",
                           R"({"op": "return"})",
                           R"({"op": "leased", "pid": "7", "started": ""})",
                           R"({"op": "reaped"})"}) {
    CAPTURE(line);
    CHECK(!decode_daemon_request(line));
    CHECK(!decode_daemon_reply(line));
  }
}

TEST_CASE("The start of a backend gets only what is read at a start") {
  CHECK(start_environment({"PATH=/bin",
                           "SECRET=x",
                           "PYTHONHASHSEED=1",
                           "CFLAGS=-O2",
                           "LC_ALL=C",
                           "SETUPTOOLS_USE_DISTUTILS=local"}) ==
        std::vector<std::string>{
            "LC_ALL=C", "PATH=/bin", "PYTHONHASHSEED=1", "SETUPTOOLS_USE_DISTUTILS=local"});
}

TEST_SUITE_END();
