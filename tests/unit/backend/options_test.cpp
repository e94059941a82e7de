#include "backend/options.hpp"

#include "ipc/fd.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

using axle::errc;
using axle::backend::HookIsolation;
using axle::backend::Options;
using axle::backend::parse_options;

TEST_SUITE_BEGIN("backend::Options");

namespace {

axle::Result<Options> parse(std::vector<std::string> arguments) {
  unsetenv("AXLE_PYTHON");
  return parse_options(arguments);
}

}  // namespace

TEST_CASE("Options reads what pyproject_api passes") {
  const auto plain = parse({"True", "setuptools.build_meta", "__legacy__"});
  REQUIRE(plain);
  CHECK(plain->reuse);
  CHECK(plain->module == "setuptools.build_meta");
  CHECK(plain->object == "__legacy__");
  CHECK(plain->python == "python3");
  CHECK(!plain->control_fd);
  CHECK(plain->hook_isolation == HookIsolation::forked);
  const auto once = parse({"False", "flit_core.buildapi"});
  REQUIRE(once);
  CHECK(!once->reuse);
  CHECK(once->object.empty());
}

TEST_CASE("Options reads options of ours with a value beside or behind") {
  const auto options = parse({"--python=/usr/bin/python3",
                              "--hook-isolation",
                              "inline",
                              "--backend-path",
                              "/a",
                              "--backend-path=/b",
                              "True",
                              "m"});
  REQUIRE(options);
  CHECK(options->python == "/usr/bin/python3");
  CHECK(options->hook_isolation == HookIsolation::in_line);
  CHECK(options->backend_path == std::vector<std::filesystem::path>{"/a", "/b"});
}

TEST_CASE("Options leaves what is guarded as it is") {
  const auto sockets = axle::ipc::make_socket_pair().value();
  const auto fd = std::to_string(sockets.theirs.number());
  const auto options = parse({"--guard", fd, "/usr/bin/uv", "--python", "x", "--help"});
  REQUIRE(options);
  CHECK(options->action == Options::Action::guard);
  CHECK(options->control_fd == sockets.theirs.number());
  CHECK(options->guarded == std::vector<std::string>{"/usr/bin/uv", "--python", "x", "--help"});
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--guard"},
                                                {"--guard", fd},
                                                {"--guard", fd, "uv"},
                                                {"--guard", "/usr/bin/uv", "pip"},
                                                {"--guard", "0", "/usr/bin/uv"},
                                                {"--guard", "7x", "/usr/bin/uv"},
                                                {"--warm", "--guard", fd, "/usr/bin/uv"}}) {
    CAPTURE(wrong);
    REQUIRE_FALSE(parse_options(wrong));
    CHECK(parse_options(wrong).error().code == axle::errc::usage);
    CHECK(parse_options(wrong).error().message.starts_with("--guard "));
  }
}

TEST_CASE("Options reads options without a value") {
  const auto options = parse({"--warm", "--immutable-environment", "True", "m"});
  REQUIRE(options);
  CHECK(options->warm);
  CHECK(options->immutable_environment);
  CHECK(!parse({"True", "m"})->warm);
  CHECK(!parse({"True", "m"})->immutable_environment);
  CHECK(parse({"--keep-in", "/a/folder", "True", "m"})->kept == "/a/folder");
  CHECK(parse({"--keep-in", "here", "True", "m"})->kept.is_absolute());
  CHECK(parse({"True", "m"})->kept.empty());
  CHECK(!parse({"--warm=yes", "True", "m"}));
}

TEST_CASE("Options takes a positive number of seconds as the time for the start") {
  CHECK(parse({"--start-timeout", "0.25", "True", "m"})->start_time.count() == 250);
  CHECK(parse({"--start-timeout=90", "True", "m"})->start_time.count() == 90'000);
  for (const char* bad : {"0", "-1", "x", "1x", "", "nan", "inf", "1e300"}) {
    CAPTURE(bad);
    CHECK(!parse({"--start-timeout", bad, "True", "m"}));
  }
}

TEST_CASE("Options takes the interpreter from AXLE_PYTHON unless one is given") {
  setenv("AXLE_PYTHON", "/opt/python", 1);
  CHECK(parse_options(std::vector<std::string>{"True", "m"})->python == "/opt/python");
  CHECK(parse_options(std::vector<std::string>{"--python", "p", "True", "m"})->python == "p");
  unsetenv("AXLE_PYTHON");
}

TEST_CASE("Options takes a control descriptor only if it is a stream socket") {
  int sockets[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
  const auto good = parse({"--control-fd", std::to_string(sockets[0]), "True", "m"});
  REQUIRE(good);
  CHECK(good->control_fd == sockets[0]);
  close(sockets[0]);
  close(sockets[1]);
  for (const char* bad : {"1", "x", "-4", "99999", "4x", ""}) {
    CAPTURE(bad);
    const auto refused = parse({"--control-fd", bad, "True", "m"});
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::usage);
    CHECK(refused.error().message.starts_with("--control-fd is "));
  }
}

TEST_CASE("Options refuses what it cannot mean") {
  const std::vector<std::vector<std::string>> bad = {
      {},
      {"True"},
      {"maybe", "m"},
      {"True", "m", "o", "x"},
      {"True", ""},
      {"--frobnicate", "1", "True", "m"},
      {"--hook-isolation", "loose", "True", "m"},
      {"--python"},
  };
  for (const auto& arguments : bad) {
    const auto refused = parse(arguments);
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::usage);
    CHECK(!refused.error().message.empty());
  }
}

TEST_SUITE_END();
