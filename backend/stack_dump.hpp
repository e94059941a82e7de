// Where a hook is: its process writes the stacks of its threads when it gets a signal, whatever it
// is doing, also while C code holds Python's global lock. python/zygote.py sets that up.
#pragma once

#include <sys/types.h>

#include <string>

namespace axle::backend {

/// What makes a Python process of ours write its stacks; hardly a hook uses it.
int stack_signal() noexcept;

/// The stacks of process `pid`, which writes them into the pipe that ends in `fd` (non-blocking),
/// without the frames of axle's own, and without their middle if they are very long. Empty where it
/// does not react within a tenth of a second, or does not handle the signal: then it is not sent.
/// `pid` must be the number of a process that cannot be reaped meanwhile.
std::string dump_stack(pid_t pid, int fd);

}  // namespace axle::backend
