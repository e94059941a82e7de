// Warm backends that the builds of one program share: what one has done with serves the next.
//
//   BuildOptions options;
//   options.backends = share_backends();
//   auto first = Builder::open("a", options, ...);
//   auto second = Builder::open("b", options, ...);
#pragma once

#include <memory>

namespace axle::frontend {

class HostSource;

/// For `BuildOptions::backends` of any number of builders, also in several threads at once. A
/// backend belongs to one builder at a time, and waits for the next when that builder is gone. It
/// serves whoever needs exactly the same: interpreter, environment, build backend and variables.
/// In-tree backends, native ones and those whose hooks are not forked are never shared. Those that
/// wait are ended with the last of its owners; builders that use it are such.
std::shared_ptr<HostSource> share_backends();

}  // namespace axle::frontend
