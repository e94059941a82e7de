// ChildProcess while memory runs out, also when the child has begun. What is not held here: the
// guest that starts it leaves a descriptor of its own open then.
#include "ipc/child_process.hpp"
#include "tests/integration/ipc/forked.hpp"
#include "tests/support/failing_allocation.hpp"

#include <doctest/doctest.h>

using axle::errc;
using namespace axle::ipc;

TEST_SUITE_BEGIN("ipc::ChildProcess memory");

TEST_CASE("J3 ChildProcess leaves no child behind when an allocation fails") {
  const SpawnOptions options{.program = AXLE_PROCESS_SUBJECT,
                             .arguments = {"wait"},
                             .stdin_ = Stdio::pipe(),
                             .stdout_ = Stdio::pipe()};
  bool told_as_it_is = true;
  axle::test::sweep_allocations(
      [&] {
        const auto child = ChildProcess::spawn(options);  // killed and reaped at its end
        told_as_it_is = child.has_value() || child.error().code == errc::io_error;
        return child.has_value();
      },
      [&](bool) {
        REQUIRE(axle::test::has_no_children());
        CHECK(told_as_it_is);
      });
}

TEST_SUITE_END();
