#include "frontend/kept_folders.hpp"

#include <fmt/format.h>

#include <system_error>

namespace axle::frontend {

void KeptFolders::keep(ipc::PrivateDir& folder, std::string what, Observer& observer) {
  folder.stay();
  put({std::move(what), folder.path()}, observer);
}

void KeptFolders::add(const KeptFolders& others, std::string_view which, Observer& observer) {
  for (const Kept& kept : others.all_) put({kept.what + std::string(which), kept.folder}, observer);
}

void KeptFolders::put(Kept kept, Observer& observer) {
  observer.notice(fmt::format("kept {} in {}", kept.what, kept.folder.string()));
  all_.push_back(std::move(kept));
}

KeepUnlessEmpty::~KeepUnlessEmpty() {
  if (kept_ == nullptr) return;
  std::error_code error;
  const bool empty = std::filesystem::is_empty(folder_.path(), error);
  if (!empty && !error) kept_->keep(folder_, std::move(what_), observer_);
}

}  // namespace axle::frontend
