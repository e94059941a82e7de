#include "frontend/installer.hpp"

#include "frontend/pip.hpp"
#include "frontend/uv.hpp"

#include <utility>

namespace axle::frontend {

Result<std::unique_ptr<Installer>> choose_installer(InstallerChoice choice,
                                                    const Cancellation& cancellation,
                                                    Network network,
                                                    const InstallerOptions& options,
                                                    const std::filesystem::path& guard) {
  if (choice == InstallerChoice::pip) {
    return std::make_unique<PipInstaller>(network, options, guard);
  }
  auto uv = find_uv(cancellation);
  if (uv) return std::make_unique<UvInstaller>(*std::move(uv), network, options, guard);
  const bool settled = choice == InstallerChoice::uv || uv.error().code == errc::cancelled;
  if (settled) return std::unexpected(std::move(uv).error());
  return std::make_unique<PipInstaller>(network, options, guard);
}

}  // namespace axle::frontend
