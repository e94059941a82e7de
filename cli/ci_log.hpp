// The log of a CI service: folded groups, errors beside the code, and nothing that a backend prints
// taken for an instruction.
//
//   Terminal terminal(2, ci_terminal(service, {.color = ...}));
//   CiLog log(service, terminal);
//   log.open_group("demo");      // all that is printed belongs to it
//   log.close_group();
#pragma once

#include "cli/ci_service.hpp"
#include "cli/terminal.hpp"
#include "cli/workflow_command.hpp"

#include <string>
#include <string_view>

namespace axle::cli {

/// The options of a terminal that such a service reads: nothing is drawn on it, there are colours
/// only where somebody asks for them, and what is printed is no command to the service.
Terminal::Options ci_terminal(CiService service, Terminal::Options options);

/// For one thread. The terminal, made with `ci_terminal`, must outlive it.
class CiLog {
 public:
  CiLog(CiService service, Terminal& terminal) : service_(service), terminal_(terminal) {}
  CiLog(const CiLog&) = delete;
  CiLog& operator=(const CiLog&) = delete;
  /// Closes the group that is open.
  ~CiLog() { close_group(); }

  [[nodiscard]] CiService service() const noexcept { return service_; }
  /// Whether there are groups to open: `open_group` does nothing else.
  [[nodiscard]] bool has_groups() const noexcept;

  /// All that is printed from now on belongs to the group `name`; closes the one before.
  void open_group(std::string_view name);
  void close_group();
  /// Tells the service an error; those that have no way to be told learn nothing.
  void annotate(const Annotation& annotation);

 private:
  const CiService service_;
  Terminal& terminal_;
  int groups_ = 0;    // so far
  std::string open_;  // the section's identifier; empty: none is open
};

}  // namespace axle::cli
