// Building twice: in what the two rounds differ for the hooks, and whether that shows.
#pragma once

#include "frontend/artifact.hpp"
#include "frontend/cancellation.hpp"
#include "frontend/forwarding_observer.hpp"
#include "frontend/kept_folders.hpp"
#include "frontend/source_tree.hpp"
#include "ipc/error.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::frontend {

/// What was said of the first round need not be said again, and what the second makes goes away.
class SecondRound : public ForwardingObserver {
 public:
  using ForwardingObserver::ForwardingObserver;
  void artifact_finished(const Artifact&) override {}
  void notice(std::string_view) override {}
  void remark(std::string_view) override {}
};

/// What the second round leaves is kept as the second round's, and told in the end. Both must
/// outlive it; without `kept` it does nothing.
class SecondRoundFolders {
 public:
  SecondRoundFolders(KeptFolders* kept, Observer& observer);
  SecondRoundFolders(const SecondRoundFolders&) = delete;
  SecondRoundFolders& operator=(const SecondRoundFolders&) = delete;
  ~SecondRoundFolders();

  /// For the second round; null where nothing is to be kept.
  [[nodiscard]] const std::shared_ptr<KeptFolders>& own() const noexcept { return own_; }

 private:
  KeptFolders* kept_;
  Observer& observer_;
  std::shared_ptr<KeptFolders> own_;
};

/// The environment variables of the hooks, "NAME=value" each, in the first round and in the second:
/// one SOURCE_DATE_EPOCH, which is the caller's or `source_date_of` the tree as the user named it,
/// and another PYTHONHASHSEED, unless the caller has set one. `observer` is told the date. Fails as
/// `source_date_of` does.
Result<std::pair<std::vector<std::string>, std::vector<std::string>>> variables_of_rounds(
    const SourceTree& tree, Observer& observer, const Cancellation& cancellation);

/// Fails with `errc::bad_artifact` and all that differs where the artifacts of the second round, in
/// the same order, are not those of the first, byte for byte.
Result<> verify_reproduction(std::span<const Artifact> first, std::span<const Artifact> second);

}  // namespace axle::frontend
