#include "cli/trace.hpp"

#include "cli/build_observer.hpp"
#include "cli/printable.hpp"
#include "ipc/private_dir.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace axle::cli {
namespace {

using frontend::Activity;
using ipc::json_integer;
using ipc::JsonObject;
using ipc::JsonText;

// Lone surrogates, which stand for bytes on our wire, are refused by readers of traces.
JsonText text(std::string_view foreign) {
  return ipc::json_string(printable(foreign));
}

std::int64_t microseconds(Trace::Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

// What every event has. `lane` is shown as a thread; people count from 1.
JsonObject event(const char* phase, std::string_view name, std::size_t lane) {
  JsonObject event;
  event.add("ph", ipc::json_string(phase))
      .add("name", text(name))
      .add("pid", json_integer(::getpid()))
      .add("tid", ipc::json_unsigned(lane + 1));
  return event;
}

// What Perfetto calls a process or a lane.
JsonText named(const char* what, std::size_t lane, const std::string& name) {
  return event("M", what, lane).add("args", JsonObject().add("name", text(name)).text()).text();
}

}  // namespace

Result<> Trace::begin() const {
  auto written = write_events();
  if (written) return {};
  return fail(errc::usage,
              fmt::format("--trace: {}", written.error().message),
              "choose a file in a folder that is there");
}

Result<> Trace::write() const {
  return write_events();
}

Result<> Trace::write_events() const {
  if (!records()) return {};
  const std::lock_guard lock(mutex_);
  std::vector<JsonText> all{named("process_name", 0, "axle")};
  for (std::size_t lane = 0; lane < taken_.size(); ++lane) {
    all.push_back(named("thread_name", lane, fmt::format("build {}", lane + 1)));
  }
  all.insert(all.end(), events_.begin(), events_.end());
  JsonObject document;
  document.add("displayTimeUnit", ipc::json_string("ms")).add("traceEvents", ipc::json_list(all));
  return ipc::write_file_atomically(file_, document.text().text + "\n");
}

std::size_t Trace::enter() {
  const std::lock_guard lock(mutex_);
  const auto free = std::ranges::find(taken_, false);
  const auto lane = static_cast<std::size_t>(free - taken_.begin());
  if (free == taken_.end()) taken_.push_back(false);
  taken_[lane] = true;
  return lane;
}

void Trace::leave(std::size_t lane) {
  const std::lock_guard lock(mutex_);
  taken_[lane] = false;
}

void Trace::add(std::size_t lane, const Span& span) {
  if (!records()) return;
  const std::int64_t begin = microseconds(span.begin);
  const std::int64_t end = microseconds(Clock::now());
  JsonText added = event("X", span.name, lane)
                       .add("cat", text(span.category))
                       .add("ts", json_integer(begin))
                       .add("dur", json_integer(end - begin))
                       .add("args", span.details)
                       .text();
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(added));
}

void Trace::add_apart(std::string_view name, Clock::time_point begin, Clock::time_point end) {
  if (!records()) return;
  const std::lock_guard lock(mutex_);
  ++apart_;
  for (const auto& [phase, time] : {std::pair{"b", begin}, std::pair{"e", end}}) {
    events_.push_back(event(phase, name, 0)
                          .add("cat", text(name))
                          .add("id", ipc::json_unsigned(apart_))
                          .add("ts", json_integer(microseconds(time)))
                          .text());
  }
}

void Trace::mark(std::size_t lane, std::string_view what) {
  if (!records()) return;
  JsonText added = event("i", what, lane)
                       .add("cat", text("notice"))
                       .add("ts", json_integer(microseconds(Clock::now())))
                       .add("s", text("t"))  // shown in this lane alone
                       .text();
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(added));
}

TracedObserver::TracedObserver(Trace& trace, std::string build, frontend::Observer& inner)
    : ForwardingObserver(inner),
      trace_(trace),
      build_(std::move(build)),
      lane_(trace.enter()),
      begin_(Trace::Clock::now()) {}

TracedObserver::~TracedObserver() {
  while (!steps_.empty()) end_innermost("abandoned");
  trace_.add(
      lane_,
      {.name = build_, .category = "build", .begin = begin_, .details = JsonObject().text()});
  trace_.leave(lane_);
}

void TracedObserver::started(const Activity& activity) {
  steps_.push_back({.activity = activity, .begin = Trace::Clock::now(), .pid = std::nullopt});
  ForwardingObserver::started(activity);
}

void TracedObserver::finished(const Activity& activity,
                              bool succeeded,
                              std::chrono::milliseconds took) {
  if (!steps_.empty()) end_innermost(succeeded ? "succeeded" : "failed");
  ForwardingObserver::finished(activity, succeeded, took);
}

void TracedObserver::hook_runs_in(int pid) {
  if (!steps_.empty()) steps_.back().pid = pid;
  ForwardingObserver::hook_runs_in(pid);
}

void TracedObserver::hook_used(const ipc::ProcessorTime& used) {
  if (!steps_.empty()) steps_.back().used = used;
  ForwardingObserver::hook_used(used);
}

void TracedObserver::backend_trained(const ipc::Training& training) {
  const auto begin = Trace::Clock::time_point(training.began);
  const auto end = Trace::Clock::time_point(training.ended);
  if (end >= begin_) {
    trace_.add_apart("training", begin, end);
  } else {  // a span would make the timeline begin long before this build
    const auto took = std::chrono::duration<double>(training.ended - training.began);
    trace_.mark(lane_, fmt::format("the backend has trained before, for {:.2f} s", took.count()));
  }
  ForwardingObserver::backend_trained(training);
}

void TracedObserver::notice(std::string_view sentence) {
  trace_.mark(lane_, sentence);
  ForwardingObserver::notice(sentence);
}

void TracedObserver::remark(std::string_view sentence) {
  trace_.mark(lane_, sentence);
  ForwardingObserver::remark(sentence);
}

void TracedObserver::end_innermost(std::string_view outcome) {
  const Step step = std::move(steps_.back());
  steps_.pop_back();
  const Activity& activity = step.activity;
  const bool is_hook = activity.kind == Activity::Kind::run_hook;
  JsonObject details;
  details.add("what", text(activity.what))
      .add("project", text(activity.project))
      .add("outcome", text(outcome));
  if (step.pid) details.add("hook_pid", json_integer(*step.pid));
  if (step.used) {
    details.add("user_us", json_integer(step.used->user.count()))
        .add("system_us", json_integer(step.used->system.count()));
  }
  trace_.add(lane_,
             {.name = is_hook ? activity.what : label_of(activity),
              .category = name_of(activity.kind),
              .begin = step.begin,
              .details = details.text()});
}

}  // namespace axle::cli
