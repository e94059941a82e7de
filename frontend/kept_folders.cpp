#include "frontend/kept_folders.hpp"

#include <fmt/format.h>

#include <system_error>

namespace axle::frontend {

void KeptFolders::keep(ipc::PrivateDir& folder, std::string what, Observer& observer) {
  folder.stay();
  observer.notice(fmt::format("kept {} in {}", what, folder.path().string()));
  all_.push_back({std::move(what), folder.path()});
}

KeepUnlessEmpty::~KeepUnlessEmpty() {
  if (kept_ == nullptr) return;
  std::error_code error;
  const bool empty = std::filesystem::is_empty(folder_.path(), error);
  if (!empty && !error) kept_->keep(folder_, std::move(what_), observer_);
}

}  // namespace axle::frontend
