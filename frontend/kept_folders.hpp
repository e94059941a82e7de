// What a build leaves in place for those who want to look at it: folders that otherwise go with it.
//
//   options.kept = std::make_shared<KeptFolders>();
//   ... Builder::open(source, options, ...)
//   for (const auto& kept : options.kept->all()) ...
#pragma once

#include "frontend/observer.hpp"
#include "ipc/private_dir.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::frontend {

/// Of one build; not thread-safe.
class KeptFolders {
 public:
  struct Kept {
    std::string what;  ///< "the sdist demo-1.0.tar.gz, unpacked"
    std::filesystem::path folder;
  };

  /// `folder` stays when its owner goes; `observer` is told.
  void keep(ipc::PrivateDir& folder, std::string what, Observer& observer);

  /// Those of `others` too, which nobody was told of; `which` is added to what they are.
  void add(const KeptFolders& others, std::string_view which, Observer& observer);

  /// In the order in which they came.
  [[nodiscard]] const std::vector<Kept>& all() const noexcept { return all_; }

 private:
  void put(Kept kept, Observer& observer);

  std::vector<Kept> all_;
};

/// Keeps a folder of the scope that it stands in, unless that is empty in the end. Must not outlive
/// anything that it is given; without `kept` it does nothing.
class KeepUnlessEmpty {
 public:
  KeepUnlessEmpty(KeptFolders* kept, ipc::PrivateDir& folder, std::string what, Observer& observer)
      : kept_(kept), folder_(folder), what_(std::move(what)), observer_(observer) {}
  KeepUnlessEmpty(const KeepUnlessEmpty&) = delete;
  KeepUnlessEmpty& operator=(const KeepUnlessEmpty&) = delete;
  ~KeepUnlessEmpty();

 private:
  KeptFolders* kept_;
  ipc::PrivateDir& folder_;
  std::string what_;
  Observer& observer_;
};

}  // namespace axle::frontend
