// Tells pyproject_api's lines, and is the only one to write on the real standard output and
// standard error: what hooks print comes through here too, scrubbed of the protocol's marker. A
// reader who is slow, or stopped, holds up neither the hooks nor the host.
#pragma once

#include "backend/event_pump.hpp"
#include "backend/marker_scrubber.hpp"
#include "backend/output_spool.hpp"
#include "backend/teller.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/fd.hpp"
#include "ipc/private_dir.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace axle::backend {

class TextTeller final : public Teller {
 public:
  /// Makes the pipes that hooks print into. Fails with `errc::io_error`.
  static Result<std::unique_ptr<TextTeller>> create(EventPump& pump);

  /// What hooks get as descriptors 1 and 2; ours.
  [[nodiscard]] int hook_stdout() const noexcept { return streams_[0].write_end.number(); }
  [[nodiscard]] int hook_stderr() const noexcept { return streams_[1].write_end.number(); }

  void started(const BackendInfo& info) override;
  void failed_to_start(const Error& error) override;
  void notice(const std::string& text) override;
  void warm(const Warmth& /*warmth*/) override {}
  void rejected(const ipc::BadCommand& bad,
                std::string_view line,
                const std::optional<ipc::Outcome>& outcome,
                const std::string& trouble) override;
  void accepted(const ipc::Command& command) override;
  void running(const ipc::Command& /*command*/, pid_t /*pid*/) override {}
  void finished(const ipc::Command& command,
                const ipc::Outcome& outcome,
                const std::string& trouble,
                const std::optional<ipc::ProcessorTime>& used) override;
  bool take(const ipc::Event& event) override;
  void flush(std::chrono::milliseconds patience) override;

 private:
  static constexpr std::size_t in_memory = std::size_t{1024} * 1024;

  struct Stream {
    int real = -1;            // 1 or 2
    ipc::UniqueFd write_end;  // the hooks' side of the pipe
    ipc::SourceId hooks = ipc::SourceId::none;
    ipc::SourceId writer = ipc::SourceId::none;  // none: written directly
    MarkerScrubber scrubber = {};
    OutputSpool spool{in_memory, ipc::temporary_directory()};
    bool pending = false;  // the writer has bytes that are not yet written
    bool reader_gone = false;
  };

  explicit TextTeller(EventPump& pump) : pump_(pump) {}
  void write(Stream& stream, std::string_view bytes);
  void advance(Stream& stream);  // gives the writer what is next, and lets hooks print or wait
  void relay_rest();             // all that hooks have printed up to now
  void say(int stream, std::string line);
  void say_response(const std::filesystem::path& result,
                    const ipc::Outcome& outcome,
                    const std::string& trouble);

  EventPump& pump_;
  std::array<Stream, 2> streams_;
};

}  // namespace axle::backend
