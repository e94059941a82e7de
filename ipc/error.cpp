#include "ipc/error.hpp"

#include <cstring>
#include <utility>

namespace axle {
namespace {

class Category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "axle"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::hook_failed: return "a hook failed";
      case errc::hook_missing: return "the build backend has no such hook";
      case errc::usage: return "wrong usage";
      case errc::invalid_project: return "not a valid project";
      case errc::environment_failed: return "the environment could not be made";
      case errc::backend_unavailable: return "the build backend is not available";
      case errc::backend_gone: return "the backend is gone";
      case errc::timed_out: return "timed out";
      case errc::bad_artifact: return "the artifact is not what it claims to be";
      case errc::cancelled: return "cancelled";
      case errc::invalid_state: return "invalid state";
      case errc::protocol_error: return "the protocol was broken";
      case errc::io_error: return "a file operation failed";
      case errc::internal: return "internal error";
    }
    return "unknown error";
  }

  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    if (static_cast<errc>(code) == errc::backend_gone) return std::errc::broken_pipe;
    if (static_cast<errc>(code) == errc::timed_out) return std::errc::timed_out;
    if (static_cast<errc>(code) == errc::cancelled) return std::errc::operation_canceled;
    return {code, *this};
  }
};

}  // namespace

const std::error_category& axle_category() noexcept {
  static const Category category;
  return category;
}

std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), axle_category()};
}

std::unexpected<Error> fail(errc code, std::string message, std::string hint) {
  return std::unexpected(
      Error{.code = code, .message = std::move(message), .hint = std::move(hint)});
}

std::unexpected<Error> fail_errno(errc code, std::string message, int errno_value) {
  message += ": ";
  message += std::generic_category().message(errno_value);
  return fail(code, std::move(message));
}

int exit_code(const Error& error) noexcept {
  if (error.code.category() != axle_category()) return 70;
  switch (static_cast<errc>(error.code.value())) {
    case errc::hook_failed:
    case errc::hook_missing: return 1;
    case errc::usage: return 2;
    case errc::invalid_project: return 3;
    case errc::environment_failed:
    case errc::backend_unavailable: return 4;
    case errc::backend_gone: return 5;
    case errc::timed_out: return 6;
    case errc::bad_artifact: return 7;
    case errc::cancelled: return error.signal > 0 ? 128 + error.signal : 130;
    case errc::io_error: return 74;
    case errc::invalid_state:
    case errc::protocol_error:
    case errc::internal: return 70;
  }
  return 70;
}

}  // namespace axle
