#include "frontend/reproduction.hpp"

#include "frontend/compare_artifacts.hpp"
#include "frontend/environment_variables.hpp"
#include "frontend/source_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>

namespace axle::frontend {

SecondRoundFolders::SecondRoundFolders(KeptFolders* kept, Observer& observer)
    : kept_(kept),
      observer_(observer),
      own_(kept == nullptr ? nullptr : std::make_shared<KeptFolders>()) {}

SecondRoundFolders::~SecondRoundFolders() {
  if (kept_ != nullptr) kept_->add(*own_, " (second build)", observer_);
}

Result<std::pair<std::vector<std::string>, std::vector<std::string>>> variables_of_rounds(
    const SourceTree& tree, Observer& observer, const Cancellation& cancellation) {
  const auto callers = EnvironmentVariables::current();
  std::pair<std::vector<std::string>, std::vector<std::string>> rounds;
  if (const auto date = callers.value("SOURCE_DATE_EPOCH"); !date || date->empty()) {
    std::error_code error;
    auto original = std::filesystem::canonical(tree.origin(), error);
    if (error || tree.is_from_sdist()) original = tree.root();
    TRY(const auto found, source_date_of(original, cancellation));
    observer.remark(fmt::format("SOURCE_DATE_EPOCH is {}", found));
    rounds.first.push_back("SOURCE_DATE_EPOCH=" + found);
    rounds.second = rounds.first;
  }
  if (!callers.value("PYTHONHASHSEED")) {
    rounds.first.emplace_back("PYTHONHASHSEED=1");
    rounds.second.emplace_back("PYTHONHASHSEED=2");
  }
  return rounds;
}

Result<> verify_reproduction(std::span<const Artifact> first, std::span<const Artifact> second) {
  constexpr std::size_t most = 20;
  std::string told;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    std::vector<std::string> differences;
    const std::string name = (i < first.size() ? first : second)[i].path.filename().string();
    if (i >= first.size() || i >= second.size()) {
      differences.emplace_back("only one of the two builds has made it");
    } else if (second[i].path.filename() != first[i].path.filename()) {
      differences.push_back("the second build calls it " + second[i].path.filename().string());
    } else {
      TRY(differences, compare_artifacts(first[i].path, second[i].path));
    }
    if (differences.empty()) continue;
    names.push_back(name);
    told += fmt::format("\n{}:", name);
    for (std::size_t line = 0; line < std::min(most, differences.size()); ++line) {
      told += "\n  " + differences[line];
    }
    if (differences.size() > most) {
      told += fmt::format("\n  and {} more", differences.size() - most);
    }
  }
  if (names.empty()) return {};
  return fail(
      errc::bad_artifact,
      "a second build of the same source makes something else:" + told,
      "the artifacts of the first build are in their place; SOURCE_DATE_EPOCH was set, which "
      "not every build backend heeds");
}

}  // namespace axle::frontend
