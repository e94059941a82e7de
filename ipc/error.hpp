// How axle fails: one error type, one category of codes, one way to pass an error on.
//
//   Result<Wheel> build() {
//     TRY(auto tree, SourceTree::open(path));   // declares `tree`, or returns the error
//     TRY(tree.check());                        // the same for Result<void>
//     return Wheel{...};
//   }
//
// Codes are for programs, messages for people: a message is one sentence that says what happened
// and where; a hint says what to do about it.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace axle {

/// What went wrong, as far as a caller can react to it. `exit_code` maps each to the exit code of
/// the program.
enum class errc {
  hook_failed = 1,      ///< The hook raised, or its process ended without a result.
  hook_missing,         ///< The build backend has no such hook.
  usage,                ///< The caller's arguments do not make sense.
  invalid_project,      ///< Not a source tree or sdist that can be built; fix pyproject.toml.
  environment_failed,   ///< The interpreter or the isolated environment could not be had.
  backend_unavailable,  ///< The build backend could not be imported.
  backend_gone,         ///< The peer vanished, whatever the cause. Equals std::errc::broken_pipe.
  timed_out,            ///< A deadline passed.
  bad_artifact,         ///< The hook's answer is not what it claims to be.
  cancelled,            ///< Stopped by a signal or by the caller.
  invalid_state,        ///< The caller's bug: a command after `_exit`, a second one in flight.
  protocol_error,       ///< The peer broke the protocol of schemas/README.md.
  io_error,             ///< A file or system call of ours failed.
  internal,             ///< A bug in axle.
};

/// The category named "axle".
const std::error_category& axle_category() noexcept;
std::error_code make_error_code(errc code) noexcept;

}  // namespace axle

template <>
struct std::is_error_code_enum<axle::errc> : std::true_type {};

namespace axle {

namespace ipc {
struct HookFailure;
}

/// An error, complete: what a program and a person need to know about one failure.
struct Error {
  std::error_code code;
  /// One sentence, UTF-8, without a trailing newline.
  std::string message;
  /// What to do about it; may be empty.
  std::string hint = {};
  /// Where a hook failed: how. Never null then.
  std::shared_ptr<const ipc::HookFailure> hook_failure = nullptr;
  /// Other failures that came with this one, the earlier first; a vanished peer last.
  std::vector<Error> others = {};
  /// `errc::cancelled` by a signal: its number; else 0.
  int signal = 0;
};

template <class T = void>
using Result = std::expected<T, Error>;

/// The error `code` with the sentence `message`, ready to be returned as any `Result`.
std::unexpected<Error> fail(errc code, std::string message, std::string hint = {});

/// The same for a failed system call: appends ": " and the text of `errno_value`.
std::unexpected<Error> fail_errno(errc code, std::string message, int errno_value);

/// The exit code of the program for an error: 1 a hook failed, 2 usage, 3 not a valid project,
/// 4 no environment, 5 the backend died, 6 timed out, 7 a bad artifact, 70 internal, 74 a file of
/// ours could not be read or written, 128+n stopped by signal n.
int exit_code(const Error& error) noexcept;

}  // namespace axle

// NOLINTBEGIN(bugprone-macro-parentheses): names and declarations take no parentheses.
#define AXLE_CONCAT_(a, b) a##b
#define AXLE_CONCAT(a, b) AXLE_CONCAT_(a, b)
#define AXLE_TRY_(result, expression)                  \
  if (auto result = (expression); !result) {           \
    return std::unexpected(std::move(result).error()); \
  }                                                    \
  static_assert(true)
#define AXLE_TRY_1(result, declaration, ...)                      \
  auto result = (__VA_ARGS__);                                    \
  if (!result) return std::unexpected(std::move(result).error()); \
  declaration = *std::move(result)

/// `TRY(expression)` or `TRY(declaration, expression)`: goes on with the value, or returns the
/// error.
#define TRY(first, ...)                 \
  AXLE_CONCAT(AXLE_TRY_, __VA_OPT__(1)) \
  (AXLE_CONCAT(try_result_, __COUNTER__), first __VA_OPT__(, ) __VA_ARGS__)
// NOLINTEND(bugprone-macro-parentheses)
