#include "cli/event_observer.hpp"

#include "cli/build_observer.hpp"
#include "cli/error_json.hpp"
#include "cli/report_json.hpp"

#include <algorithm>
#include <utility>

namespace axle::cli {
namespace {

using frontend::Activity;
using ipc::json_bool;
using ipc::json_string;

// With the rest of its event, and where every byte needs an escape, it keeps to
// EventStream::longest_whole_line.
constexpr std::size_t longest_text = 3800;

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// As much of `text` as fits, and ends with a whole character.
std::string_view piece_of(std::string_view text) {
  std::string_view piece = text.substr(0, longest_text - 2);  // the quotation marks
  while (json_of_text(piece).text.size() > longest_text) piece = piece.substr(0, piece.size() / 2);
  std::size_t size = piece.size();
  while (size > 0 && size < text.size() && continues_character(text[size])) --size;
  return size > 0 ? piece.substr(0, size) : piece;
}

EventStream::Members described(const Activity& activity) {
  return {{"activity", json_string(name_of(activity.kind))},
          {"what", json_of_text(activity.what)},
          {"label", json_of_text(label_of(activity))}};
}

}  // namespace

void EventObserver::started(const Activity& activity) {
  flush();
  tell("activity_started", described(activity));
  ForwardingObserver::started(activity);
}

void EventObserver::finished(const Activity& activity,
                             bool succeeded,
                             std::chrono::milliseconds took) {
  flush();
  auto members = described(activity);
  members.emplace_back("succeeded", json_bool(succeeded));
  members.emplace_back("took_s", json_seconds(took));
  if (report_ != nullptr && activity.kind == Activity::Kind::run_hook && !report_->hooks.empty()) {
    members.emplace_back("hook", json_of(report_->hooks.back(), events_.begin()));
  }
  tell("activity_finished", std::move(members));
  ForwardingObserver::finished(activity, succeeded, took);
}

void EventObserver::environment_ready(const frontend::EnvironmentUse& use) {
  if (report_ != nullptr && !report_->environments.empty()) {
    tell("environment", {{"environment", json_of(report_->environments.back())}});
  }
  ForwardingObserver::environment_ready(use);
}

void EventObserver::artifact_finished(const frontend::Artifact& artifact) {
  if (report_ != nullptr && !report_->artifacts.empty()) {
    tell("artifact", {{"artifact", json_of(report_->artifacts.back())}});
  }
  ForwardingObserver::artifact_finished(artifact);
}

void EventObserver::output(Stream stream, std::string_view bytes) {
  if (events_.tells()) {
    std::string& text = unfinished_.at(stream == Stream::out ? 0 : 1);
    text += bytes;
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', begin)) {
      tell_line(stream, std::string_view(text).substr(begin, end - begin), "\n");
      begin = end + 1;
    }
    text.erase(0, begin);
    if (text.size() > longest_text) {
      const std::size_t whole = piece_of(text).size();
      tell_line(stream, std::string_view(text).substr(0, whole), "");
      text.erase(0, whole);
    }
  }
  ForwardingObserver::output(stream, bytes);
}

void EventObserver::notice(std::string_view sentence) {
  tell("notice", {{"text", json_of_text(sentence)}});
  ForwardingObserver::notice(sentence);
}

void EventObserver::tell(std::string_view event, EventStream::Members members) {
  if (!events_.tells()) return;
  members.emplace(members.begin(), "project", ipc::json_unsigned(number_));
  events_.tell(event, members);
}

// Longer lines come in pieces, of which the last one has the line's end.
void EventObserver::tell_line(Stream stream, std::string_view line, std::string_view end) {
  do {
    const std::string_view piece = piece_of(line);
    line.remove_prefix(piece.size());
    tell("output",
         {{"stream", json_string(stream == Stream::out ? "stdout" : "stderr")},
          {"text", json_of_text(std::string(piece) + std::string(line.empty() ? end : ""))}});
  } while (!line.empty());
}

void EventObserver::flush() {
  for (const Stream stream : {Stream::out, Stream::err}) {
    std::string& text = unfinished_.at(stream == Stream::out ? 0 : 1);
    if (!text.empty()) tell_line(stream, std::exchange(text, {}), "");
  }
}

void tell_project_begins(EventStream& events, std::size_t number, const std::string& name) {
  events.tell("project_started",
              {{"project", ipc::json_unsigned(number)}, {"name", json_of_text(name)}});
}

void tell_project_ends(EventStream& events, std::size_t number, const ProjectReport& report) {
  events.tell("project_finished",
              {{"project", ipc::json_unsigned(number)},
               {"outcome", json_string(name_of(report.outcome))},
               {"took_s", json_seconds(report.elapsed)},
               {"error", report.error ? json_of(*report.error) : ipc::JsonText{}}});
}

}  // namespace axle::cli
