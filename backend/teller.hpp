// How the host tells what happens: as events on a control descriptor, or as pyproject_api's lines
// of text on standard output and standard error. schemas/README.md specifies both.
#pragma once

#include "backend/hook_runner.hpp"
#include "ipc/command.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/outcome.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace axle::backend {

class Teller {
 public:
  Teller() = default;
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;
  virtual ~Teller() = default;

  virtual void started(const BackendInfo& info) = 0;
  virtual void failed_to_start(const Error& error) = 0;
  virtual void notice(const std::string& text) = 0;
  virtual void warm(const Warmth& warmth) = 0;
  /// `line` is the request as it came. Where it named a usable result file, `outcome` stands in
  /// that, or could not be written there for `trouble`; no `finished` follows.
  virtual void rejected(const ipc::BadCommand& bad,
                        std::string_view line,
                        const std::optional<ipc::Outcome>& outcome,
                        const std::string& trouble) = 0;
  /// Tells that the command will be carried out, and returns when the frontend can know it: what
  /// follows may happen only once. At once where frontends do not ask for that, or are gone. From
  /// now on until `finished` the frontend is shown that the host is alive.
  virtual void accepted(const ipc::Command& command) = 0;
  /// The command's hook has the process `pid`.
  virtual void running(const ipc::Command& command, pid_t pid) = 0;
  /// The outcome stands in the result file, or could not be written there for `trouble`. `used` is
  /// what the hook has taken of the processor.
  virtual void finished(const ipc::Command& command,
                        const ipc::Outcome& outcome,
                        const std::string& trouble,
                        const std::optional<ipc::ProcessorTime>& used) = 0;

  /// Takes an event of the teller's own sources; false: it is for others.
  virtual bool take(const ipc::Event& event) = 0;
  /// Waits until all that was told is written, or nothing of it can be for `patience`: before the
  /// end of the program. Nothing more is told afterwards.
  virtual void flush(std::chrono::milliseconds patience) = 0;
};

}  // namespace axle::backend
