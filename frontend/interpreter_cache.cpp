#include "frontend/interpreter_cache.hpp"

#include "frontend/cache_folder.hpp"
#include "frontend/digest.hpp"
#include "frontend/file_identity.hpp"
#include "frontend/pyenv.hpp"
#include "ipc/fd.hpp"
#include "ipc/json.hpp"
#include "ipc/private_dir.hpp"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace axle::frontend {
namespace {

namespace fs = std::filesystem;
namespace json = ipc::json;

/// To be changed whenever other facts are asked for, or are kept otherwise.
constexpr std::string_view format = "axle interpreter 2";
constexpr std::size_t longest_file = std::size_t{64} * 1024;

/// The facts that are text, by their names in the file. Paths are bytes.
constexpr std::array<std::pair<std::string_view, fs::path Interpreter::*>, 7> paths{{
    {"executable", &Interpreter::executable},
    {"base_executable", &Interpreter::base_executable},
    {"real_executable", &Interpreter::real_executable},
    {"prefix", &Interpreter::prefix},
    {"base_prefix", &Interpreter::base_prefix},
    {"purelib", &Interpreter::purelib},
    {"platlib", &Interpreter::platlib},
}};
constexpr std::array<std::pair<std::string_view, std::string Interpreter::*>, 3> texts{{
    {"version", &Interpreter::version},
    {"implementation", &Interpreter::implementation},
    {"platform", &Interpreter::platform},
}};
constexpr std::array<std::pair<std::string_view, bool Interpreter::*>, 2> truths{{
    {"is_virtual", &Interpreter::is_virtual},
    {"links_lib64", &Interpreter::links_lib64},
}};

/// Where `program` is remembered, under all that changes the answer without changing the file. -I
/// keeps most of PYTHON* from it; sysconfig reads these nevertheless, and the loader its own.
Result<fs::path> place_of(const fs::path& program) {
  TRY(const fs::path folder, cache_folder("interpreters"));
  Digest digest;
  digest.add(format);
  digest.add(program.native());
  for (const char* name : {"PYTHONHOME",
                           "PYTHONPLATLIBDIR",
                           "PYTHONEXECUTABLE",
                           "__PYVENV_LAUNCHER__",
                           "_PYTHON_HOST_PLATFORM",
                           "_PYTHON_PROJECT_BASE",
                           "_PYTHON_SYSCONFIGDATA_NAME",
                           "LD_LIBRARY_PATH",
                           "LD_PRELOAD"}) {
    const char* value = std::getenv(name);
    digest.add(value == nullptr ? "unset" : std::string("=") + value);
  }
  utsname system{};
  digest.add(::uname(&system) == 0 ? system.machine : "");  // linux32 changes it
  return folder / (digest.hexadecimal().substr(0, 32) + ".json");
}

/// The files that an answer of `program` rests on, as they are now.
std::string foundations(const fs::path& program, const Interpreter& interpreter) {
  const fs::path folder = interpreter.executable.parent_path();
  std::string text = link_identity(program);
  for (const fs::path& path : {program,
                               interpreter.executable,
                               folder / "pyvenv.cfg",
                               folder.parent_path() / "pyvenv.cfg",
                               interpreter.real_executable}) {
    text += ' ' + file_identity(path);
  }
  return text + ' ' + choice_of_pyenv(program).value_or("");
}

bool is_elf(const fs::path& program) {
  const ipc::UniqueFd file(::open(program.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 4> magic{};
  return file && ::read(file.number(), magic.data(), magic.size()) == 4 &&
         std::string_view(magic.data(), magic.size()) ==
             "\x7F"
             "ELF";
}

/// Whether what `foundations` tells of is all that an answer of `program` rests on.
bool can_be_remembered(const fs::path& program, const Interpreter& interpreter) {
  if (choice_of_pyenv(program)) return is_version_of_pyenv(program, interpreter.executable);
  std::error_code error;
  return is_elf(program) && fs::equivalent(program, interpreter.executable, error);
}

std::optional<Interpreter> decode(const json::Object& object) {
  Interpreter interpreter;
  for (const auto& [name, member] : paths) {
    const auto value = json::get<std::string>(object, name);
    if (!value) return std::nullopt;
    interpreter.*member = *value;
  }
  for (const auto& [name, member] : texts) {
    const auto value = json::get<std::string>(object, name);
    if (!value) return std::nullopt;
    interpreter.*member = *value;
  }
  for (const auto& [name, member] : truths) {
    const auto value = json::get<bool>(object, name);
    if (!value) return std::nullopt;
    interpreter.*member = *value;
  }
  return interpreter;
}

}  // namespace

std::optional<Interpreter> known_interpreter(const fs::path& program) {
  const auto place = place_of(program);
  if (!place) return std::nullopt;
  const auto text = ipc::read_file(*place, longest_file);
  if (!text) return std::nullopt;
  const auto value = json::parse(*text, 4);
  const auto* object = value ? std::get_if<json::Object>(&value->data) : nullptr;
  if (object == nullptr) return std::nullopt;
  // Two programs of one digest, or a file that was copied.
  if (json::get<std::string>(*object, "program") != program.native()) return std::nullopt;
  auto interpreter = decode(*object);
  if (!interpreter) return std::nullopt;
  if (json::get<std::string>(*object, "foundations") != foundations(program, *interpreter)) {
    return std::nullopt;
  }
  return interpreter;
}

void remember_interpreter(const fs::path& program, const Interpreter& interpreter) {
  if (!can_be_remembered(program, interpreter)) return;
  const auto place = place_of(program);
  if (!place) return;
  ipc::JsonObject object;
  object.add("program", ipc::json_string(program.native()));
  object.add("foundations", ipc::json_string(foundations(program, interpreter)));
  for (const auto& [name, member] : paths) {
    object.add(name, ipc::json_string((interpreter.*member).native()));
  }
  for (const auto& [name, member] : texts) object.add(name, ipc::json_string(interpreter.*member));
  for (const auto& [name, member] : truths) object.add(name, ipc::json_bool(interpreter.*member));
  static_cast<void>(ipc::write_file_atomically(*place, object.text().text + "\n", 0600));
}

}  // namespace axle::frontend
