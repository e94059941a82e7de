// Resource limits that are changed while a backend runs: every process of the same user can do it,
// and so can a hook.
#include "tests/integration/frontend/stage.hpp"

#include <sys/resource.h>

using namespace axle;
using namespace axle::test;

namespace {

rlimit file_size_of(pid_t pid) {
  rlimit limit{};
  REQUIRE(::prlimit(pid, RLIMIT_FSIZE, nullptr, &limit) == 0);
  return limit;
}

}  // namespace

TEST_SUITE_BEGIN("frontend::BackendProcess limits");

TEST_CASE("J1 BackendProcess replaces a child whose limits were changed before the next hook") {
  Stage stage;
  auto backend = stage.must_start("well");
  const pid_t first = backend.started().pid;
  returned(stage.call(backend));
  CHECK(backend.started().pid == first);
  rlimit limit = file_size_of(first);
  limit.rlim_cur = 1 << 20;
  REQUIRE(::prlimit(first, RLIMIT_FSIZE, &limit, nullptr) == 0);
  returned(stage.call(backend));
  CHECK(backend.started().pid != first);
  CHECK(!is_running(first));
  CHECK(file_size_of(backend.started().pid).rlim_cur == file_size_of(0).rlim_cur);
  REQUIRE(!stage.observer.notices.empty());
  CHECK(contains(stage.observer.notices.back(), "has other resource limits than at its start"));
}

TEST_CASE(
    "J1 Limits of ours that a hook has lowered are put back, also where the child is killed") {
  Stage stage;
  const rlimit before = file_size_of(0);
  auto backend = stage.must_start("lowers_ours_and_babbles");
  const auto outcome = stage.call(backend);
  REQUIRE(!outcome);
  CHECK(outcome.error().code == errc::protocol_error);
  CHECK(file_size_of(0).rlim_cur == before.rlim_cur);
  REQUIRE(!stage.observer.notices.empty());
  CHECK(contains(stage.observer.notices.back(), "were put back"));
}

TEST_SUITE_END();
