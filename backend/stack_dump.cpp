#include "backend/stack_dump.hpp"

#include "backend/wait_readable.hpp"
#include "ipc/event_loop.hpp"
#include "ipc/process_state.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string_view>
#include <utility>

namespace axle::backend {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 100ms;
/// How often the polite signal is sent. The main thread waits for its turn behind others; and one
/// that was just about to wait for something else has noted the signal, but wakes up of the next.
constexpr int polite_tries = 5;
/// For a long dump that keeps coming: a process with a hundred threads writes for a while.
constexpr auto longest_patience = 1s;
constexpr std::size_t longest = std::size_t{64} * 1024;  // bytes
constexpr std::string_view frame_of_ours = "  File \"<axle-backend>\"";
/// The innermost frame of a thread that has the polite signal.
constexpr std::string_view in_writer = " in write_stacks";
/// The outermost frame of the main thread, whose stack comes last: boot.py's.
constexpr std::string_view last_frame = "  File \"<string>\"";
constexpr std::string_view in_module = " in <module>\n";

/// What is there now, or as much of it as a pipe holds.
std::string read_now(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > longest) break;
  }
  return text;
}

/// Takes whole lines out of the middle of what is too long: the main thread comes last.
void shorten(std::string& dump) {
  constexpr std::string_view cut = "  [... cut ...]\n";
  if (dump.size() <= longest) return;
  const auto head = dump.rfind('\n', longest / 4);
  const auto tail = dump.find('\n', dump.size() - longest / 2);
  if (head == dump.npos || tail == dump.npos || tail <= head) return;
  dump.replace(head + 1, tail - head, cut);
}

bool is_whole(std::string_view dump) {
  if (!dump.ends_with(in_module)) return false;
  dump.remove_suffix(in_module.size());
  return dump.substr(dump.rfind('\n') + 1).starts_with(last_frame);
}

/// Frames come innermost first: from the first of ours on, none is the hook's. A thread of which
/// nothing is left is left out.
std::string without_our_frames(const std::string& dump) {
  std::string kept;
  std::string title;  // of the thread, until a frame follows
  bool ours = false;
  std::istringstream lines(dump);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  ")) {
      title = line + '\n';
      ours = false;
      continue;
    }
    const bool is_ours = line.starts_with(frame_of_ours);
    if (is_ours && line.ends_with(in_writer)) continue;
    ours = ours || is_ours;
    if (!ours) kept += std::exchange(title, {}) + line + '\n';
  }
  return kept;
}

/// What the process writes upon the signal.
std::string dump_upon(int signal, pid_t pid, int fd, ipc::Deadline latest) {
  if (!ipc::handles_signal(pid, signal)) return {};
  kill(pid, signal);
  kill(pid, SIGCONT);  // it may be stopped
  std::string dump;
  while (!is_whole(dump) && wait_readable(fd, std::min(latest, ipc::deadline_in(patience)))) {
    const std::string more = read_now(fd);
    if (more.empty()) break;  // its other end is closed
    dump += more;
    shorten(dump);
  }
  return dump;
}

}  // namespace

StackSignals stack_signals() noexcept {
  return {.polite = SIGRTMAX - 2, .rude = SIGRTMAX - 1};
}

std::string dump_stack(pid_t pid, int fd) {
  if (fd < 0) return {};
  read_now(fd);  // what others have left there
  const auto latest = ipc::deadline_in(longest_patience);
  std::string dump;
  for (int i = 0; i < polite_tries && dump.empty(); ++i) {
    dump = dump_upon(stack_signals().polite, pid, fd, latest);
  }
  if (dump.empty()) dump = dump_upon(stack_signals().rude, pid, fd, latest);
  return without_our_frames(dump);
}

}  // namespace axle::backend
