// Tells an EventStream what becomes of one build, and another observer everything.
#pragma once

#include "cli/event_stream.hpp"
#include "cli/project_report.hpp"
#include "frontend/forwarding_observer.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace axle::cli {

/// For one build, in its thread. Stands within its ReportingObserver, whose `report` it reads.
class EventObserver final : public frontend::ForwardingObserver {
 public:
  /// `number` is that of the project on the command line, from 0; `report` may be null where
  /// `events` tells nothing. All outlive it.
  EventObserver(EventStream& events,
                std::size_t number,
                const ProjectReport* report,
                frontend::Observer& inner)
      : ForwardingObserver(inner), events_(events), number_(number), report_(report) {}

  void started(const frontend::Activity& activity) override;
  void finished(const frontend::Activity& activity,
                bool succeeded,
                std::chrono::milliseconds took) override;
  void environment_ready(const frontend::EnvironmentUse& use) override;
  void artifact_finished(const frontend::Artifact& artifact) override;
  void output(Stream stream, std::string_view bytes) override;
  void notice(std::string_view sentence) override;

 private:
  void tell(std::string_view event, EventStream::Members members);
  void tell_line(Stream stream, std::string_view line, std::string_view end);
  void flush();

  EventStream& events_;
  const std::size_t number_;
  const ProjectReport* report_;
  std::array<std::string, 2> unfinished_;  // the last line of each stream
};

/// The beginning and the end of a project; its number is that on the command line, from 0.
void tell_project_begins(EventStream& events, std::size_t number, const std::string& name);
void tell_project_ends(EventStream& events, std::size_t number, const ProjectReport& report);

}  // namespace axle::cli
