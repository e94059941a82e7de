// What a warm interpreter says, and its hook processes on their pipe.
#include "backend/interpreter_message.hpp"
#include "backend/watched_files.hpp"
#include "ipc/times_json.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <chrono>

namespace axle::fuzz {
namespace {

void check_time(std::chrono::microseconds time) {
  hold(time.count() >= 0 && time.count() <= ipc::json::most_microseconds,
       "times are such that they can be added up");
}

}  // namespace

void check(std::string_view input) {
  const auto message = backend::decode_message(input);
  const auto words = backend::last_words(input);
  if (!message) {
    hold(!words, "last words are a message");
    return;
  }
  if (words) {
    check_time(words->user);
    check_time(words->system);
  }
  if (const auto training = backend::warmth_in(*message).training) {
    check_time(training->began);
    check_time(training->ended);
  }
  const auto failure = backend::failure_in(*message);
  if (!failure) hold(failure.error().code == errc::protocol_error, "what is no failure is said");
  backend::WatchedFiles watched;
  watched.learn(message->members);
  const auto* files = ipc::json::find(message->members, "files");
  hold(files != nullptr || watched.may_have_changed(), "who knows nothing lets others look");
}

}  // namespace axle::fuzz
