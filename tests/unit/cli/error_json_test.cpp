#include "cli/error_json.hpp"

#include "ipc/json.hpp"
#include "ipc/outcome.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using axle::errc;
using axle::Error;
using namespace axle::cli;
namespace json = axle::ipc::json;

TEST_SUITE_BEGIN("cli::error_json");

namespace {

json::Object object_of(const axle::ipc::JsonText& text) {
  return std::get<json::Object>(json::parse(text.text, 16).value().data);
}

}  // namespace

TEST_CASE("An error as JSON has the failure of the hook and the others") {
  axle::ipc::HookFailure failure;
  failure.code = 137;
  failure.exc_type = "BackendDied";
  failure.signal = 9;
  const Error error{.code = errc::hook_failed,
                    .message = "it failed",
                    .hint = "do this",
                    .hook_failure = std::make_shared<const axle::ipc::HookFailure>(failure),
                    .others = {{.code = errc::cancelled, .message = "stopped", .signal = 2}}};
  const auto told = object_of(json_of(error));
  CHECK(json::get<std::string>(told, "code") == "hook_failed");
  CHECK(json::get<std::string>(told, "message") == "it failed");
  CHECK(json::get<std::string>(told, "hint") == "do this");
  const auto& of_hook = std::get<json::Object>(json::find(told, "hook_failure")->data);
  CHECK(json::get<int>(of_hook, "code") == 137);
  CHECK(json::get<int>(of_hook, "x_signal") == 9);
  const auto& others = std::get<json::Array>(json::find(told, "others")->data);
  REQUIRE(others.size() == 1);
  CHECK(json::get<int>(std::get<json::Object>(others[0].data), "signal") == 2);
}

TEST_CASE("Bytes that are no UTF-8 are replaced in an error as JSON, and nothing else is") {
  axle::ipc::HookFailure failure;
  failure.exc_msg = "caf\xe9 \\udce9 \\ \xf0\x9f\x90\x8d\xff";
  const Error error{.code = errc::hook_failed,
                    .message = "a\xff",
                    .hook_failure = std::make_shared<const axle::ipc::HookFailure>(failure)};
  const auto text = json_of(error);
  const auto told = object_of(text);
  CHECK(json::get<std::string>(told, "message") == "a\xef\xbf\xbd");
  const auto& of_hook = std::get<json::Object>(json::find(told, "hook_failure")->data);
  CHECK(json::get<std::string>(of_hook, "exc_msg") ==
        "caf\xef\xbf\xbd \\udce9 \\ \xf0\x9f\x90\x8d\xef\xbf\xbd");
}

TEST_CASE("Every code of an error has its own name") {
  CHECK(name_of(errc::hook_failed) == "hook_failed");
  CHECK(name_of(errc::io_error) == "io_error");
  CHECK(name_of(std::make_error_code(std::errc::io_error)) == "internal");
}
