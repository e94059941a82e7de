// Runs hooks that are C++ in a shared library (native_abi.h), each in a fork of the host, which
// never loads the library itself.
#pragma once

#include "backend/hook_runner.hpp"

#include <filesystem>
#include <string_view>

namespace axle::backend {

/// What marks a native build backend on the command line.
inline constexpr std::string_view native_prefix = "native:";

class NativeRunner final : public HookRunner {
 public:
  NativeRunner(std::filesystem::path library, ipc::Stdio out, ipc::Stdio err)
      : library_(std::move(library)), out_(out), err_(err) {}

  Result<BackendInfo> start(ipc::Deadline deadline) override;
  Result<HookProcess> launch(const ipc::Command& command) override;
  ipc::ExitStatus reap(const HookProcess& process) override;
  void abandon(const HookProcess& /*process*/) noexcept override {}
  [[nodiscard]] std::vector<pid_t> lasting() const override { return {}; }
  std::optional<std::string> look_at(const ipc::Event&) override { return std::nullopt; }
  void stop() noexcept override {}

 private:
  std::filesystem::path library_;
  ipc::Stdio out_;
  ipc::Stdio err_;
};

}  // namespace axle::backend
