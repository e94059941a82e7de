#include "backend/host.hpp"

#include "backend/failure.hpp"
#include "ipc/json_text.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace axle::backend {

using ipc::Event;
using ipc::Outcome;

namespace {

/// Writes a result file; returns why it could not, or nothing.
std::string write(const std::filesystem::path& result, const Outcome& outcome) {
  auto written = ipc::write_result_file(result, outcome);
  return written ? std::string{} : std::move(written).error().message;
}

/// What pyproject_api asks for once per backend: which of the optional hooks there are.
Outcome optional_hooks(const BackendInfo& info) {
  ipc::JsonObject answer;
  for (const char* hook : {"get_requires_for_build_sdist",
                           "prepare_metadata_for_build_wheel",
                           "get_requires_for_build_wheel",
                           "build_editable",
                           "get_requires_for_build_editable",
                           "prepare_metadata_for_build_editable"}) {
    answer.add(hook, ipc::json_bool(std::ranges::find(info.hooks, hook) != info.hooks.end()));
  }
  return ipc::Returned{answer.text()};
}

}  // namespace

int Host::serve() {
  auto info = runner_.start(ipc::deadline_in(settings_.start_time));
  if (!info) {
    if (info.error().code == errc::cancelled) return 0;
    teller_.failed_to_start(info.error());
    return 1;
  }
  info_ = *std::move(info);
  teller_.started(info_);
  while (!pump_.interrupted()) {
    const Event event = pump_.next(ipc::no_deadline);
    if (event.source == settings_.commands) {
      if (event.kind == Event::Kind::eof) break;
      if (event.kind == Event::Kind::overflow) {
        teller_.rejected({.reason = "the request is longer than 16 MiB"}, "", std::nullopt, "");
        if (!settings_.reuse) break;
      } else if (event.kind == Event::Kind::line && handle_line(event.data) == Next::leave) {
        break;
      }
    } else {
      farewell_.look_at(event);
      tell_news(event);
    }
  }
  farewell_.settle();
  runner_.stop();
  return 0;
}

Host::Next Host::handle_line(const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return Next::stay;
  auto command = ipc::decode_command(line);
  if (!command) {
    const ipc::BadCommand& bad = command.error();
    std::optional<Outcome> told;
    std::string trouble;
    if (bad.result) {
      ipc::HookFailure failure;
      failure.exc_type = "BadCommand";
      failure.exc_msg = bad.reason;
      told = std::move(failure);
      trouble = write(*bad.result, *told);
    }
    teller_.rejected(bad, line, told, trouble);
    return settings_.reuse ? Next::stay : Next::leave;
  }
  auto [outcome, used, leaving] = answer(*command);
  tell_news({});
  teller_.finished(*command, outcome, write(command->result, outcome), used);
  if (leaving) farewell_.to(*std::move(leaving), command->cmd);
  return command->cmd == "_exit" || !settings_.reuse ? Next::leave : Next::stay;
}

void Host::tell_news(const Event& event) {
  if (auto told = runner_.look_at(event)) teller_.notice(*told);
  if (auto warmth = runner_.news_of_warmth()) teller_.warm(*warmth);
}

Host::Answer Host::answer(const ipc::Command& command) {
  teller_.accepted(command);
  if (command.cmd == "_exit") return {ipc::Returned{{"0"}}};
  if (command.cmd == "_optional_hooks") return {optional_hooks(info_)};
  if (command.cmd.starts_with("_")) return {missing_command(info_.description, command.cmd)};
  const auto told_to_leave = [&]() -> Answer {
    return {stopped(command.cmd, {.cancelled = "axle-backend was told to leave"}, std::nullopt)};
  };
  // Perhaps before the frontend could know of the hook: it has none.
  if (pump_.interrupted()) return told_to_leave();
  auto process = runner_.launch(command);
  if (!process) {
    return pump_.interrupted() ? told_to_leave() : Answer{as_failure(process.error())};
  }
  teller_.running(command, process->pid);
  HookWatch watch(pump_,
                  runner_,
                  teller_,
                  strays_,
                  oom_counter_,
                  {settings_.control, settings_.signals, settings_.job_control});
  Outcome outcome = watch.watch(command, *process);
  if (watch.leaves()) return {std::move(outcome), watch.leaves(), *std::move(process)};
  return {std::move(outcome), runner_.take_processor_time()};
}

}  // namespace axle::backend
