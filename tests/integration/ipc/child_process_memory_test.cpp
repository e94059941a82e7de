// ChildProcess while memory runs out, also when the child has begun. What is not held here: the
// guest that starts it leaves a descriptor of its own open then.
#include "ipc/child_process.hpp"
#include "tests/integration/ipc/forked.hpp"
#include "tests/support/failing_allocation.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

using axle::errc;
using axle::Result;
using namespace axle::ipc;

TEST_SUITE_BEGIN("ipc::ChildProcess memory");

namespace {

/// Ends the test where it goes on in the child.
Result<ChildProcess> spawn_here(const SpawnOptions& options, pid_t self) {
  struct Here {
    pid_t self;
    ~Here() {
      if (::getpid() != self) ::kill(self, SIGABRT);
    }
  };
  const Here here{self};
  return ChildProcess::spawn(options);
}

}  // namespace

TEST_CASE(
    "J3 ChildProcess neither leaves a child behind nor goes on in it when an allocation fails") {
  const SpawnOptions options{.program = AXLE_PROCESS_SUBJECT,
                             .arguments = {"wait"},
                             .stdin_ = Stdio::pipe(),
                             .stdout_ = Stdio::pipe()};
  bool told_as_it_is = true;
  const pid_t self = ::getpid();
  // Parent and child go on at the same time, and either may be the quicker.
  for (int i = 0; i < 30; ++i) {
    axle::test::sweep_allocations(
        [&] {
          const auto child = spawn_here(options, self);  // killed and reaped at its end
          told_as_it_is = child.has_value() || child.error().code == errc::io_error;
          return child.has_value();
        },
        [&](bool) {
          REQUIRE(axle::test::has_no_children());
          CHECK(told_as_it_is);
        });
  }
}

TEST_SUITE_END();
