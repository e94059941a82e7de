#include "cli/build_observer.hpp"

#include "cli/quantity.hpp"
#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <utility>

namespace axle::cli {
namespace {

using namespace std::chrono_literals;
using frontend::Activity;

constexpr auto between_details = 100ms;

std::string label_of_hook(std::string_view hook) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> labels{{
      {"build_wheel", "Building a wheel"},
      {"build_sdist", "Building an sdist"},
      {"build_editable", "Building an editable wheel"},
      {"get_requires_for_build_wheel", "Asking what the wheel requires"},
      {"get_requires_for_build_sdist", "Asking what the sdist requires"},
      {"get_requires_for_build_editable", "Asking what the editable wheel requires"},
      {"prepare_metadata_for_build_wheel", "Preparing the metadata of the wheel"},
      {"prepare_metadata_for_build_editable", "Preparing the metadata of the editable wheel"},
  }};
  const auto* known = std::ranges::find(labels, hook, &decltype(labels)::value_type::first);
  return known != labels.end() ? std::string(known->second) : fmt::format("Running {}", hook);
}

// "Installing hatchling, hatch-vcs and 3 more" from one requirement a line.
std::string label_of_installation(std::string_view requirements) {
  constexpr std::size_t named = 4;
  std::string label = "Installing ";
  std::size_t count = 0;
  while (!requirements.empty()) {
    const std::size_t end = std::min(requirements.find('\n'), requirements.size());
    if (end > 0 && ++count <= named) {
      if (count > 1) label += ", ";
      label += requirements.substr(0, end);
    }
    requirements.remove_prefix(std::min(end + 1, requirements.size()));
  }
  if (count == 0) return "Installing the build requirements";
  if (count > named) label += fmt::format(" and {} more", count - named);
  return label;
}

// Who printed it, for the header of the output.
std::string source_of(const Activity& activity, const std::string& backend) {
  switch (activity.kind) {
    case Activity::Kind::run_hook:
      return backend.empty() ? activity.what : fmt::format("{} ({})", activity.what, backend);
    case Activity::Kind::start_backend: return fmt::format("the import of {}", activity.what);
    default: return label_of(activity);
  }
}

// A notice tells of the wait, and the move of an artifact is over at once.
bool has_line(Activity::Kind kind) {
  return kind != Activity::Kind::wait_for_lock && kind != Activity::Kind::move_artifact;
}

}  // namespace

std::string label_of(const Activity& activity) {
  // A file may have any name, and a hook returns what it likes: a step is one line all the same.
  const std::string what = frontend::printable(activity.what);
  switch (activity.kind) {
    case Activity::Kind::unpack_sdist: return fmt::format("Unpacking {}", what);
    case Activity::Kind::wait_for_lock: return fmt::format("Waiting for {}", what);
    case Activity::Kind::create_environment: return "Creating an isolated environment";
    case Activity::Kind::install_requirements: return label_of_installation(activity.what);
    case Activity::Kind::start_backend: return fmt::format("Starting {}", what);
    case Activity::Kind::run_hook: return label_of_hook(activity.what);
    case Activity::Kind::verify_artifact: return fmt::format("Checking {}", what);
    case Activity::Kind::move_artifact: return fmt::format("Moving {}", what);
  }
  return "Working";
}

std::string_view name_of(Activity::Kind kind) {
  switch (kind) {
    case Activity::Kind::unpack_sdist: return "unpack_sdist";
    case Activity::Kind::wait_for_lock: return "wait_for_lock";
    case Activity::Kind::create_environment: return "create_environment";
    case Activity::Kind::install_requirements: return "install_requirements";
    case Activity::Kind::start_backend: return "start_backend";
    case Activity::Kind::run_hook: return "run_hook";
    case Activity::Kind::verify_artifact: return "verify_artifact";
    case Activity::Kind::move_artifact: return "move_artifact";
  }
  return "activity";
}

BuildObserver::BuildObserver(Terminal& terminal,
                             Verbosity verbosity,
                             std::chrono::milliseconds sign_of_life_after)
    : lane_(terminal), verbosity_(verbosity) {
  if (verbosity_ < Verbosity::normal || lane_.draws_progress()) return;
  heartbeat_.emplace(sign_of_life_after,
                     [this](const std::string& line) { lane_.announce("  " + line); });
}

BuildObserver::BuildObserver(Overview& overview, std::string name, Verbosity verbosity)
    : lane_(overview, std::move(name)), verbosity_(verbosity) {
  if (verbosity_ < Verbosity::normal || lane_.draws_progress()) return;
  heartbeat_.emplace(between_signs_of_life,
                     [this](const std::string& line) { lane_.announce("  " + line); });
}

void BuildObserver::started(const Activity& activity) {
  if (steps_.empty()) {
    failed_output_.reset();
    of_failure_.clear();
  }
  tail_.clear();
  if (activity.kind == Activity::Kind::start_backend) backend_ = activity.what;
  steps_.push_back({.label = label_of(activity), .since = Terminal::Clock::now()});
  if (verbosity_ < Verbosity::normal) return;
  show_step();
  const Step& step = steps_.back();
  const bool by_lines = verbosity_ >= Verbosity::verbose || !lane_.draws_progress();
  if (by_lines && has_line(activity.kind)) print("  " + lane_.shown(step.label));
}

void BuildObserver::finished(const Activity& activity,
                             bool succeeded,
                             std::chrono::milliseconds took) {
  if (!steps_.empty()) steps_.pop_back();
  if (verbosity_ >= Verbosity::detailed) {
    print(lane_.paint().dim(fmt::format("  {} {} {}",
                                        lane_.shown(label_of(activity)),
                                        succeeded ? "took" : "failed after",
                                        format_duration(took))));
  }
  if (!steps_.empty()) {
    show_step();
  } else if (heartbeat_) {
    heartbeat_->end();
  }
  // The error has the installer's words.
  if (!succeeded && activity.kind == Activity::Kind::install_requirements) tail_.clear();
  // Of two that failed the inner one is the reason.
  if (succeeded || !of_failure_.empty() || tail_.empty()) return;
  OutputTail::End end = tail_.end(shown_lines, shown_bytes);
  of_failure_ = end.text;
  if (verbosity_ >= Verbosity::verbose) return;
  failed_output_ = {.source = source_of(activity, backend_),
                    .text = std::move(end.text),
                    .lines_left_out = end.lines_left_out};
}

void BuildObserver::output(Stream stream, std::string_view bytes) {
  tail_.append(bytes);
  if (verbosity_ >= Verbosity::verbose) {
    if (heartbeat_) heartbeat_->shown();
    return lane_.relay(stream, bytes);
  }
  if (heartbeat_) heartbeat_->heard(bytes);
  if (verbosity_ == Verbosity::normal && lane_.draws_progress()) show_detail(bytes);
}

void BuildObserver::notice(std::string_view sentence) {
  if (verbosity_ < Verbosity::normal) return;
  print(lane_.paint().helpful("note:") + " " + lane_.shown(sentence));
}

void BuildObserver::remark(std::string_view sentence) {
  if (verbosity_ >= Verbosity::verbose) notice(sentence);
}

void BuildObserver::show_step() {
  const Step& step = steps_.back();
  lane_.show_activity(step.label, step.since);
  if (heartbeat_) heartbeat_->begin(step.label, step.since);
}

void BuildObserver::print(std::string_view text) {
  lane_.print(text);
  if (heartbeat_) heartbeat_->shown();
}

// The last whole line, on the bottom line of the terminal: a long compilation is seen to go on.
void BuildObserver::show_detail(std::string_view bytes) {
  const auto now = Terminal::Clock::now();
  if (now < last_detail_ + between_details) return;
  const std::size_t end = bytes.find_last_not_of("\r\n");
  if (end == std::string_view::npos) return;
  const std::size_t newline = bytes.find_last_of("\r\n", end);
  const std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  constexpr std::size_t longest_detail = 256;
  lane_.show_detail(bytes.substr(begin, std::min(end + 1 - begin, longest_detail)));
  last_detail_ = now;
}

}  // namespace axle::cli
