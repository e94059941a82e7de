// What /proc tells of a process that is not ours to wait for.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace axle::ipc {

/// The letter of proc(5): 'R' and 'S' run and sleep, 'D' waits in the kernel where no signal
/// reaches it, 'T' is stopped, 'Z' has ended. 0 if there is no such process.
char process_state(pid_t pid);

/// Whether the process has a handler of its own for the signal.
bool handles_signal(pid_t pid, int signal);

/// Whether it has ended, ends, or has been killed and only does not know yet.
bool is_ending(pid_t pid);

/// Its parent; nothing where there is no such process, or it has ended.
std::optional<pid_t> parent_of_living(pid_t pid);

/// The first child of its main thread, if it has one.
std::optional<pid_t> child_of(pid_t pid);

/// The name of its program, short and not to be trusted: "python3"; empty if there is none.
std::string process_name(pid_t pid);

struct ProcessParent {
  pid_t pid;
  pid_t parent;
};

/// Every process that there is, with its parent, as far as it can be seen.
std::vector<ProcessParent> all_processes();

}  // namespace axle::ipc
