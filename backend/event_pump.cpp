#include "backend/event_pump.hpp"

#include <algorithm>
#include <utility>

namespace axle::backend {

using ipc::Deadline;
using ipc::Event;
using ipc::SourceId;

bool EventPump::pull(Deadline deadline) {
  Event event = loop_.next_event(deadline);
  if (event.kind == Event::Kind::deadline) return false;
  if (filter_ && filter_(event)) return true;
  if (urgent_ && urgent_(event)) interrupted_ = true;
  kept_.push_back(std::move(event));
  return true;
}

Event EventPump::next(Deadline deadline) {
  while (kept_.empty()) {
    if (!pull(deadline)) return {};
  }
  Event event = std::move(kept_.front());
  kept_.pop_front();
  return event;
}

Result<Event> EventPump::wait_for(std::initializer_list<SourceId> sources, Deadline deadline) {
  const auto wanted = [&](const Event& event) {
    return std::ranges::find(sources, event.source) != sources.end();
  };
  std::size_t looked = 0;
  for (;;) {
    for (; looked < kept_.size(); ++looked) {
      if (wanted(kept_[looked])) {
        Event event = std::move(kept_[looked]);
        kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(looked));
        return event;
      }
    }
    if (interrupted_) return fail(errc::cancelled, "given up: the frontend is gone or said so");
    if (!pull(deadline)) return Event{};
  }
}

void EventPump::wait_until(const std::function<bool()>& done) {
  while (!done() && !interrupted_) pull(ipc::no_deadline);
}

void EventPump::forget(SourceId source) {
  if (source == SourceId::none) return;
  std::erase_if(kept_, [&](const Event& event) { return event.source == source; });
  loop_.remove(source);
}

}  // namespace axle::backend
