#include "cli/lane.hpp"

#include <algorithm>
#include <utility>

namespace axle::cli {

Lane::Lane(Overview& overview, std::string name)
    : terminal_(overview.terminal()), overview_(&overview), name_(std::move(name)) {
  overview_->show(name_, "Beginning");
}

Lane::~Lane() {
  flush();
  if (overview_ == nullptr) {
    terminal_.hide_activity();
  } else {
    overview_->done(name_);
  }
}

std::string Lane::labelled(std::string_view lines) const {
  const std::string label = terminal_.paint().bold(printable(name_) + ":") + " ";
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    text += label;
    text += lines.substr(0, end);
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text;
}

void Lane::print(std::string_view text) {
  if (overview_ == nullptr) return terminal_.print(text);
  flush();
  terminal_.print(labelled(text));
}

void Lane::relay(Stream stream, std::string_view bytes) {
  if (overview_ == nullptr) return terminal_.relay(stream, bytes);
  std::string& unfinished = unfinished_.at(stream == Stream::out ? 0 : 1);
  unfinished += bytes;
  const std::size_t newline = unfinished.rfind('\n');
  std::size_t whole = newline == std::string::npos ? 0 : newline + 1;
  if (unfinished.size() - whole > longest_line) whole = unfinished.size();
  if (whole == 0) return;
  terminal_.print(labelled(shown(unfinished.substr(0, whole))));
  unfinished.erase(0, whole);
}

void Lane::flush() {
  for (std::string& unfinished : unfinished_) {
    if (!unfinished.empty()) terminal_.print(labelled(shown(std::exchange(unfinished, {}))));
  }
}

void Lane::show_activity(std::string_view label, Terminal::Clock::time_point since) {
  if (overview_ == nullptr) return terminal_.show_activity(label, since);
  overview_->show(name_, std::string(label));
}

void Lane::show_detail(std::string_view foreign) {
  if (overview_ == nullptr) terminal_.show_detail(foreign);
}

void Lane::hide_activity() {
  if (overview_ == nullptr) terminal_.hide_activity();
}

}  // namespace axle::cli
