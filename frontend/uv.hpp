// Installing with uv.
#pragma once

#include "frontend/installer.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace axle::frontend {

struct Uv {
  std::string name;  ///< For messages: "uv 0.5.1".
  std::filesystem::path program;
};

/// What the environment variable UV says, else the first `uv` on PATH, if it runs: each is asked
/// for its version, because it may be a stand-in without a uv behind it (a pyenv shim). Fails with
/// `errc::environment_failed` if there is none, saying what was tried, and with `errc::cancelled`.
Result<Uv> find_uv(const Cancellation& cancellation);

/// What is given to uv to install `requirements` into `environment`.
std::vector<std::string> uv_install_arguments(const Environment& environment,
                                              const std::vector<std::string>& requirements,
                                              Network network = Network::allowed,
                                              const InstallerOptions& options = {});

class UvInstaller final : public Installer {
 public:
  /// `guard` is that of ProgramRun.
  explicit UvInstaller(Uv uv,
                       Network network = Network::allowed,
                       InstallerOptions options = {},
                       std::filesystem::path guard = {})
      : uv_(std::move(uv)),
        network_(network),
        options_(std::move(options)),
        guard_(std::move(guard)) {}

  Result<> install(const Environment& environment,
                   const std::vector<std::string>& requirements,
                   Observer& observer,
                   const Cancellation& cancellation) override;

 private:
  Uv uv_;
  Network network_;
  InstallerOptions options_;
  std::filesystem::path guard_;
};

}  // namespace axle::frontend
