#include "backend/native_hook.hpp"

#include "backend/failure.hpp"
#include "backend/native_abi.h"
#include "ipc/fd.hpp"
#include "ipc/json_text.hpp"
#include "ipc/outcome.hpp"

#include <fmt/format.h>

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <typeinfo>
#include <vector>

namespace axle::backend {
namespace {

using ipc::HookFailure;
using ipc::Outcome;

HookFailure failure_of(std::string exc_type, std::string exc_msg, int code = 1) {
  HookFailure failure;
  failure.code = code;
  failure.exc_type = std::move(exc_type);
  failure.exc_msg = std::move(exc_msg);
  return failure;
}

/// The three functions of a library.
struct Library {
  decltype(&axle_backend_abi_version) abi_version = nullptr;
  decltype(&axle_backend_hooks) hooks = nullptr;
  decltype(&axle_backend_call) call = nullptr;
};

std::expected<Library, HookFailure> load(const std::filesystem::path& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return std::unexpected(failure_of("ImportError", dlerror()));
  Library library;
  const auto find = [&](const char* name, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    return function != nullptr;
  };
  if (!find("axle_backend_abi_version", library.abi_version) ||
      !find("axle_backend_hooks", library.hooks) || !find("axle_backend_call", library.call)) {
    return std::unexpected(failure_of("ImportError", dlerror()));
  }
  if (library.abi_version() != AXLE_NATIVE_ABI_VERSION) {
    return std::unexpected(
        failure_of("ImportError",
                   fmt::format("{} was made for version {} of native_abi.h, not {}",
                               path.string(),
                               library.abi_version(),
                               AXLE_NATIVE_ABI_VERSION)));
  }
  return library;
}

std::string readable_name(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free);
  return status == 0 && name ? name.get() : mangled;
}

/// The exception that is being handled, whatever it is.
HookFailure current_exception_failure() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  const std::string name = type != nullptr ? readable_name(type->name()) : "unknown C++ exception";
  std::string message;
  try {
    throw;
  } catch (const abi::__forced_unwind&) {
    throw;
  } catch (const std::exception& exception) {
    message = exception.what();
  } catch (const std::string& text) {
    message = text;
  } catch (const char* text) {
    message = text != nullptr ? text : "";
  } catch (int number) {
    message = std::to_string(number);
  } catch (...) {
    message = fmt::format("an exception of type {}", name);
  }
  return failure_of(name, message);
}

struct Answer {
  std::optional<Outcome> outcome;
};

Answer& answer_of(axle_reply* reply) {
  return *static_cast<Answer*>(reply->context);
}

axle_reply make_reply(Answer& answer) {
  return {
      .returns =
          [](axle_reply* reply, const char* json) {
            auto value = ipc::parse_json_text(json != nullptr ? json : "");
            answer_of(reply).outcome =
                value ? Outcome(ipc::Returned{*std::move(value)})
                      : Outcome(failure_of("TypeError", "the hook returned what is not JSON"));
          },
      .fails =
          [](axle_reply* reply, int code, const char* exc_type, const char* exc_msg) {
            answer_of(reply).outcome = failure_of(exc_type != nullptr ? exc_type : "unknown",
                                                  exc_msg != nullptr ? exc_msg : "",
                                                  code);
          },
      .unsupported =
          [](axle_reply* reply, const char* exc_msg) {
            HookFailure failure =
                failure_of("UnsupportedOperation", exc_msg != nullptr ? exc_msg : "");
            failure.unsupported = true;
            answer_of(reply).outcome = std::move(failure);
          },
      .context = &answer,
  };
}

[[noreturn]] void leave_with(const Outcome& outcome, int reply_fd) {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  ipc::write_all(reply_fd, ipc::encode(outcome) + "\n");
  _exit(0);
}

/// The folder, mask and environment that the command asks for.
std::optional<HookFailure> enter(const ipc::Command& command) {
  if (command.cwd && chdir(command.cwd->c_str()) != 0) {
    return failure_of(
        "OSError",
        fmt::format(
            "cannot enter {}: {}", command.cwd->string(), std::generic_category().message(errno)));
  }
  if (command.umask) umask(static_cast<mode_t>(*command.umask));
  if (command.env) {
    clearenv();
    for (const auto& [name, value] : *command.env) setenv(name.c_str(), value.c_str(), 1);
  }
  return std::nullopt;
}

bool has_word(std::string_view words, std::string_view word) {
  std::istringstream stream{std::string(words)};
  for (std::string each; stream >> each;) {
    if (each == word) return true;
  }
  return false;
}

Outcome call(const Library& library, const ipc::Command& command) {
  const char* names = library.hooks();
  if (names == nullptr || !has_word(names, command.cmd)) {
    return missing_command("the native backend", command.cmd);
  }
  Answer answer;
  axle_reply reply = make_reply(answer);
  library.call(command.cmd.c_str(), command.kwargs.text.c_str(), &reply);
  if (answer.outcome) return *std::move(answer.outcome);
  return failure_of("RuntimeError", fmt::format("{} ended without an answer", command.cmd));
}

}  // namespace

void answer_hook_names(const std::filesystem::path& path, int reply_fd) noexcept {
  Outcome outcome;
  try {
    auto library = load(path);
    if (library) {
      const char* names = library->hooks();
      std::istringstream stream{std::string(names != nullptr ? names : "")};
      std::vector<std::string> list;
      for (std::string name; stream >> name;) list.push_back(name);
      outcome = ipc::Returned{ipc::json_strings(list)};
    } else {
      outcome = library.error();
    }
  } catch (const abi::__forced_unwind&) {
    std::abort();  // the thread was cancelled or has exited: there is nothing to return to
  } catch (...) {
    outcome = current_exception_failure();
  }
  leave_with(outcome, reply_fd);
}

void run_native_hook(const std::filesystem::path& path,
                     const ipc::Command& command,
                     int reply_fd) noexcept {
  Outcome outcome;
  try {
    if (auto trouble = enter(command)) {
      outcome = *std::move(trouble);
    } else if (auto library = load(path)) {
      outcome = call(*library, command);
    } else {
      outcome = library.error();
    }
  } catch (const abi::__forced_unwind&) {
    std::abort();  // the thread was cancelled or has exited: there is nothing to return to
  } catch (...) {
    outcome = current_exception_failure();
  }
  leave_with(outcome, reply_fd);
}

}  // namespace axle::backend
