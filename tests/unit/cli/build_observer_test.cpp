#include "cli/build_observer.hpp"

#include "ipc/fd.hpp"
#include "tests/support/pty.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <string>

using namespace axle::cli;
using namespace std::chrono_literals;
using axle::frontend::Activity;
using axle::frontend::Observer;
using axle::tests::Pty;
using Kind = Activity::Kind;

TEST_SUITE_BEGIN("cli::BuildObserver");

namespace {

// What is told of a build to a pipe.
template <class Build>
std::string told(Verbosity verbosity, const Build& build) {
  auto pipe = axle::ipc::make_pipe().value();
  {
    Terminal terminal(pipe.write_end.number(), {.color = ColorChoice::never});
    BuildObserver observer(terminal, verbosity);
    build(observer);
  }
  pipe.write_end.reset();
  std::string text;
  char buffer[65536];
  for (ssize_t count = 0; (count = ::read(pipe.read_end.number(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

const Activity start{Kind::start_backend, "demo_backend", "."};
const Activity hook{Kind::run_hook, "build_wheel", "."};

void small_build(BuildObserver& observer) {
  const Activity install{Kind::install_requirements, "hatchling\nhatch-vcs\n", "."};
  observer.started(install);
  observer.output(Observer::Stream::err, "downloading\n");
  observer.finished(install, true, 1500ms);
  observer.started(hook);
  observer.output(Observer::Stream::out, "running bdist_wheel\n");
  observer.finished(hook, true, 20ms);
  observer.notice("the wheel is empty");
}

}  // namespace

TEST_CASE("Every activity has a label of its own") {
  CHECK(label_of({Kind::unpack_sdist, "foo-1.0.tar.gz", "."}) == "Unpacking foo-1.0.tar.gz");
  CHECK(label_of({Kind::create_environment, "", "."}) == "Creating an isolated environment");
  CHECK(label_of(start) == "Starting demo_backend");
  CHECK(label_of(hook) == "Building a wheel");
  CHECK(label_of({Kind::run_hook, "build_sdist", "."}) == "Building an sdist");
  CHECK(label_of({Kind::run_hook, "_optional_hooks", "."}) == "Running _optional_hooks");
  CHECK(label_of({Kind::verify_artifact, "a.whl", "."}) == "Checking a.whl");
  CHECK(label_of({Kind::verify_artifact, "x\n::error::y\x1b.whl", "."}) ==
        "Checking x?::error::y?.whl");
}

TEST_CASE("An installation is named by its first requirements") {
  CHECK(label_of({Kind::install_requirements, "", "."}) == "Installing the build requirements");
  CHECK(label_of({Kind::install_requirements, "a", "."}) == "Installing a");
  CHECK(label_of({Kind::install_requirements, "a\nb >= 2\n", "."}) == "Installing a, b >= 2");
  CHECK(label_of({Kind::install_requirements, "a\nb\nc\nd\ne\nf", "."}) ==
        "Installing a, b, c, d and 2 more");
}

TEST_CASE("BuildObserver tells the steps in a line each") {
  CHECK(told(Verbosity::normal, small_build) ==
        "  Installing hatchling, hatch-vcs\n"
        "  Building a wheel\n"
        "note: the wheel is empty\n");
}

TEST_CASE("BuildObserver is silent when it is quiet") {
  CHECK(told(Verbosity::errors, small_build).empty());
  CHECK(told(Verbosity::brief_errors, small_build).empty());
}

TEST_CASE("BuildObserver shows output as it comes when it is verbose") {
  CHECK(told(Verbosity::verbose, small_build) ==
        "  Installing hatchling, hatch-vcs\n"
        "downloading\n"
        "  Building a wheel\n"
        "running bdist_wheel\n"
        "note: the wheel is empty\n");
}

TEST_CASE("BuildObserver tells how long each step took when it is detailed") {
  CHECK(told(Verbosity::detailed, small_build) ==
        "  Installing hatchling, hatch-vcs\n"
        "downloading\n"
        "  Installing hatchling, hatch-vcs took 1.5 s\n"
        "  Building a wheel\n"
        "running bdist_wheel\n"
        "  Building a wheel took 20 ms\n"
        "note: the wheel is empty\n");
}

TEST_CASE("BuildObserver keeps the output of the step that failed and of no other") {
  told(Verbosity::normal, [](BuildObserver& observer) {
    observer.started(start);
    observer.output(Observer::Stream::out, "imported\n");
    observer.finished(start, true, 1ms);
    CHECK_FALSE(observer.failed_output().has_value());
    observer.started(hook);
    for (int i = 0; i < 100; ++i) {
      observer.output(i % 2 == 0 ? Observer::Stream::out : Observer::Stream::err,
                      "line " + std::to_string(i) + "\n");
    }
    observer.finished(hook, false, 1ms);
    REQUIRE(observer.failed_output().has_value());
    CHECK(observer.failed_output()->source == "build_wheel (demo_backend)");
    CHECK(observer.failed_output()->text.starts_with("line 40\n"));
    CHECK(observer.failed_output()->text.ends_with("line 99\n"));
    CHECK(observer.failed_output()->lines_left_out == 40);
  });
}

TEST_CASE("Of nested steps that failed the inner one is the reason") {
  told(Verbosity::errors, [](BuildObserver& observer) {
    const Activity start{Kind::start_backend, "demo_backend", "."};
    observer.started(start);
    observer.started(hook);
    observer.output(Observer::Stream::err, "no such module\n");
    observer.finished(hook, false, 1ms);
    observer.finished(start, false, 1ms);
    REQUIRE(observer.failed_output().has_value());
    CHECK(observer.failed_output()->source == "build_wheel (demo_backend)");
    CHECK(observer.failed_output()->text == "no such module\n");
  });
}

TEST_CASE("The words of an installer are left to the error that has them") {
  told(Verbosity::errors, [](BuildObserver& observer) {
    const Activity environment{Kind::create_environment, "", "."};
    const Activity install{Kind::install_requirements, "a", "."};
    observer.started(environment);
    observer.started(install);
    observer.output(Observer::Stream::err, "no such package\n");
    observer.finished(install, false, 1ms);
    observer.finished(environment, false, 1ms);
    CHECK_FALSE(observer.failed_output().has_value());
  });
}

TEST_CASE("A failure that the build survived is forgotten") {
  told(Verbosity::normal, [](BuildObserver& observer) {
    observer.started(hook);
    observer.output(Observer::Stream::err, "no such hook\n");
    observer.finished(hook, false, 1ms);
    observer.started(hook);
    observer.finished(hook, false, 1ms);
    CHECK_FALSE(observer.failed_output().has_value());
  });
}

TEST_CASE("Output that was shown is not kept to be shown again") {
  told(Verbosity::verbose, [](BuildObserver& observer) {
    observer.started(hook);
    observer.output(Observer::Stream::err, "seen\n");
    observer.finished(hook, false, 1ms);
    CHECK_FALSE(observer.failed_output().has_value());
  });
}

TEST_CASE("On a terminal the steps and the last line of output share the bottom line") {
  Pty pty;
  {
    Terminal terminal(pty.terminal(),
                      {.color = ColorChoice::never, .environment = {.term = "xterm"}});
    BuildObserver observer(terminal, Verbosity::normal);
    observer.started(hook);
    observer.output(Observer::Stream::out, "compiling a.c\ncompiling b.c\n");
    CHECK(pty.read_until("b.c").ends_with("\r\x1b[K  Building a wheel  compiling b.c"));
    observer.finished(hook, true, 1ms);
  }
  CHECK(pty.read_rest().ends_with("\r\x1b[K"));
  CHECK_FALSE(pty.read_rest().contains('\n'));
}

TEST_SUITE_END();
