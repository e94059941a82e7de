// Builds the wheels of several packages side by side, changes its mind about the last one, and
// tells what became of each.
//
//   orchestrator DIR SOURCE SOURCE SOURCE...
#include <axle/frontend/builder.hpp>
#include <axle/frontend/leftovers.hpp>
#include <axle/frontend/shared_backends.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using axle::frontend::Activity;
using axle::frontend::Builder;
using axle::frontend::BuildOptions;
using axle::frontend::Built;
using axle::frontend::Cancellation;
using axle::frontend::Observer;

// A package that is to be built. It stays where it is: the build refers to its cancellation.
struct Package {
  explicit Package(std::filesystem::path path) : source(std::move(path)) {}

  std::filesystem::path source;
  bool wanted = true;
  Cancellation cancellation;
  Built built;
};

// Is told what a build does, in the thread of that build.
class Watcher : public Observer {
 public:
  explicit Watcher(Package& package) : package_(package) {}

  // As soon as the build backend works for a package that nobody wants, it may stop.
  void started(const Activity& activity) override {
    if (package_.wanted || activity.kind != Activity::Kind::run_hook) return;
    package_.cancellation.request("nobody wants it any more");
  }

  // What the build backend and the installer print; a real orchestrator has a log for each package.
  void output(Stream, std::string_view bytes) override { log_ += bytes; }

  [[nodiscard]] const std::string& log() const { return log_; }

 private:
  Package& package_;
  std::string log_;
};

void build(Package& package,
           const BuildOptions& options,
           const std::filesystem::path& output_directory) {
  Watcher watcher(package);
  auto builder = Builder::open(package.source, options, watcher, package.cancellation);
  if (builder) {
    package.built = builder->build({.wheel = true}, output_directory);
  } else {
    package.built.error = builder.error();
  }
  const bool failed = package.built.error && !package.cancellation.requested();
  if (failed) std::cerr << watcher.log();
}

// One line for each package; whether it is as it should be.
bool tell(const Package& package) {
  const auto& [artifacts, error, ended] = package.built;
  std::cout << package.source.filename().string() << ": ";
  if (!error) {
    std::cout << "built " << artifacts.front().path.filename().string() << '\n';
  } else if (error->code == axle::errc::cancelled) {
    std::cout << "cancelled: " << error->message << '\n';
  } else {
    std::cout << "failed (" << axle::exit_code(*error) << "): " << error->message << '\n';
    for (const axle::Error& other : error->others) std::cout << "  " << other.message << '\n';
    if (!error->hint.empty()) std::cout << "  hint: " << error->hint << '\n';
  }
  return !error || !package.wanted;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: orchestrator DIR SOURCE...\n";
    return 2;
  }
  // What a build might leave running comes to this process, which ends it below.
  axle::frontend::adopt_orphans();

  const std::filesystem::path output_directory = argv[1];
  std::list<Package> packages(argv + 2, argv + argc);
  packages.back().wanted = packages.size() == 1;
  {
    BuildOptions options;
    options.backend_program = AXLE_BACKEND;
    options.backends = axle::frontend::share_backends();
    std::vector<std::jthread> threads;
    for (Package& package : packages) {
      threads.emplace_back([&] { build(package, options, output_directory); });
    }
  }  // all have ended here, and so have their backends

  int code = 0;
  for (const Package& package : packages) {
    if (!tell(package) && code == 0) code = axle::exit_code(*package.built.error);
  }
  axle::frontend::end_leftovers(std::chrono::seconds(2));
  return code;
}
