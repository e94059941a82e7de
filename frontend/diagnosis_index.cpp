#include "frontend/backend_program.hpp"
#include "frontend/diagnosis.hpp"
#include "frontend/environment.hpp"
#include "frontend/installer.hpp"
#include "frontend/interpreter.hpp"
#include "frontend/observer.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <chrono>

namespace axle::frontend {
namespace {

// Small, without requirements of its own, and where build requirements are.
constexpr const char* sample = "flit-core";

Result<> install_sample(const BuildOptions& options, const Cancellation& cancellation) {
  TRY(const auto interpreter, find_interpreter(options.python, cancellation));
  TRY(const auto scratch, ipc::PrivateDir::create(ipc::temporary_directory(), "axle-index-"));
  TRY(const auto environment, Environment::create(interpreter, scratch.path() / "environment"));
  TRY(const auto guard, find_backend_program(options.backend_program));
  TRY(const auto installer,
      choose_installer(
          options.installer, cancellation, options.network, options.installer_options, guard));
  Observer silent;
  return installer->install(environment, {sample}, silent, cancellation);
}

}  // namespace

Finding diagnose_index(const BuildOptions& options, const Cancellation& cancellation) {
  const auto begin = std::chrono::steady_clock::now();
  const auto installed = install_sample(options, cancellation);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (installed) {
    return {.state = Finding::State::right,
            .subject = "index",
            .message = fmt::format("{} can be installed, in {:.1f} s", sample, took.count())};
  }
  const Error& error = installed.error();
  return {.state = Finding::State::wrong,
          .subject = "index",
          .message = error.message,
          .advice = error.hint.empty() ? "see --index and --find-links, or the proxy" : error.hint};
}

}  // namespace axle::frontend
