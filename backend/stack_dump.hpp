// Where a hook is: its process writes the stacks of its threads when it gets a signal, whatever it
// is doing, also while C code holds Python's global lock. python/zygote.py sets that up.
#pragma once

#include <sys/types.h>

#include <string>

namespace axle::backend {

/// What makes a Python process of ours write its stacks; hardly a hook uses them.
struct StackSignals {
  int polite;  ///< When its main thread gets Python's global lock, so while no other thread runs.
  int rude;    ///< At once. Of threads that run meanwhile the stacks change, which can crash it.
};
StackSignals stack_signals() noexcept;

/// The stacks of process `pid`, which writes them into the pipe that ends in `fd` (non-blocking),
/// without the frames of axle's own, and without their middle if they are very long. Gets the rude
/// signal where it does not react to the polite one within half a second. Empty where it does not
/// react to that within a tenth either. A signal that it does not handle is not sent.
/// `pid` must be the number of a process that cannot be reaped meanwhile.
std::string dump_stack(pid_t pid, int fd);

}  // namespace axle::backend
