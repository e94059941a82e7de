// What GitHub's runner understands, as text: workflow commands on lines of the log, and the values
// of step outputs.
//
//   github_annotation({.file = "setup.py", .line = 3, .title = "demo", .message = "100 % wrong"})
//   // "::error file=setup.py,line=3,title=demo::100 %25 wrong\n"
#pragma once

#include <string>
#include <string_view>

namespace axle::cli {

/// An error that is shown beside the line that it is about.
struct Annotation {
  std::string file = {};  ///< Relative to the workspace; empty: it is about no file.
  int line = 0;           ///< 0: about no line.
  std::string title = {};
  std::string message = {};
};

/// Text as the message of a workflow command: %, and what would end the line, are encoded.
std::string github_data(std::string_view text);
/// Text as a property of a workflow command: also what would end the property.
std::string github_property(std::string_view text);

/// Lines of the log, ended. Whatever the texts hold, each is one command.
std::string github_annotation(const Annotation& annotation);
std::string github_group(std::string_view name);
inline constexpr std::string_view github_group_end = "::endgroup::\n";

/// From this line on nothing is a command, up to the line `github_resume(token)`. Whoever does not
/// know the token cannot write that one.
std::string github_stop(std::string_view token);
std::string github_resume(std::string_view token);

/// One entry of the file of step outputs. `delimiter` must not be a line of `value`.
std::string github_output(std::string_view name,
                          std::string_view value,
                          std::string_view delimiter);

/// What nobody can guess: 32 hexadecimal digits.
std::string unguessable_word();

}  // namespace axle::cli
