#include "ipc/private_dir.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace axle::ipc;
using axle::errc;
using namespace std::string_literals;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("ipc::PrivateDir");

namespace {

PrivateDir make_dir() {
  auto dir = PrivateDir::create(temporary_directory(), "axle-private-");
  REQUIRE(dir);
  return *std::move(dir);
}

unsigned mode_of(const fs::path& path) {
  struct stat info{};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777u;
}

void touch(const fs::path& path, std::string_view text = "x") {
  std::ofstream(path) << text;
  REQUIRE(fs::exists(path));
}

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

/// A umask for one scope.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }

 private:
  mode_t before_;
};

/// A limit of the process for one scope.
class Limit {
 public:
  Limit(__rlimit_resource resource, rlim_t value) : resource_(resource) {
    REQUIRE(::getrlimit(resource, &before_) == 0);
    const rlimit now = {value, before_.rlim_max};
    REQUIRE(::setrlimit(resource, &now) == 0);
  }
  ~Limit() { ::setrlimit(resource_, &before_); }

 private:
  __rlimit_resource resource_;
  rlimit before_{};
};

/// The rights of an ordinary user for one scope, because root may do everything.
class OrdinaryUser {
 public:
  OrdinaryUser() {
    if (::geteuid() == 0) changed_ = ::seteuid(65534) == 0;
    REQUIRE(::geteuid() != 0);
  }
  ~OrdinaryUser() {
    if (changed_) static_cast<void>(::seteuid(0) == 0 || (std::abort(), true));
  }

 private:
  bool changed_ = false;
};

/// An environment variable for one scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Variable() { before_.empty() ? ::unsetenv(name_) : ::setenv(name_, before_.c_str(), 1); }

 private:
  const char* name_;
  std::string before_;
};

}  // namespace

TEST_CASE("PrivateDir is ours alone and gone with all that is in it") {
  fs::path path;
  {
    const auto dir = make_dir();
    path = dir.path();
    CHECK(path.is_absolute());
    CHECK(path.filename().string().starts_with("axle-private-"));
    CHECK(mode_of(path) == 0700);
    CHECK(check_private(path));
    fs::create_directories(path / "a/b");
    touch(path / "a/b/c");
  }
  CHECK(!fs::exists(path));
}

TEST_CASE("J1 PrivateDir removes its files also where no descriptor is to be had") {
  fs::path path;
  {
    std::optional<PrivateDir> dir = make_dir();
    path = dir->path();
    touch(path / "a");
    touch(path / "b");
    fs::create_directory(path / "empty");
    ::chmod(path.c_str(), 0);
    const Limit none(RLIMIT_NOFILE, 0);
    dir.reset();
  }
  CHECK(!fs::exists(path));
}

TEST_CASE("PrivateDir that cannot be removed is told, once") {
  const auto outer = make_dir();
  CHECK(take_unremovable().empty());
  std::filesystem::path stuck;
  {
    const auto dir = PrivateDir::create(outer.path(), "stuck-").value();
    stuck = dir.path();
    REQUIRE(chmod(outer.path().c_str(), S_IRUSR | S_IXUSR) == 0);
    setfsuid(geteuid() == 0 ? 65534 : geteuid());  // root may write everywhere
  }
  setfsuid(geteuid());
  REQUIRE(chmod(outer.path().c_str(), S_IRWXU) == 0);
  CHECK(take_unremovable() == std::vector{stuck});
  CHECK(take_unremovable().empty());
}

TEST_CASE("PrivateDir does not depend on the umask") {
  const Umask umask(0777);
  const auto dir = make_dir();
  CHECK(mode_of(dir.path()) == 0700);
}

TEST_CASE("PrivateDir moves and can be kept") {
  const auto outer = make_dir();
  auto first = PrivateDir::create(outer.path(), "one-").value();
  auto second = PrivateDir::create(outer.path(), "two-").value();
  const auto path = first.path();
  const auto replaced = second.path();
  CHECK(path != replaced);
  second = std::move(first);
  CHECK(fs::exists(path));
  CHECK(!fs::exists(replaced));
  {
    PrivateDir third(std::move(second));
    third.stay();
    const PrivateDir fourth(std::move(third));
    CHECK(fourth.path() == path);
  }
  CHECK(fs::exists(path));
  fs::last_write_time(path, fs::file_time_type::clock::now() - 2 * axle::ipc::abandoned_after);
  axle::ipc::remove_abandoned(outer.path(), "one-");
  CHECK(fs::exists(path));
}

TEST_CASE("H8 PrivateDir removes what was abandoned and nothing else") {
  const auto outer = make_dir();
  const auto path = [&](const std::string& name) { return outer.path() / name; };
  const auto make = [&](const std::string& name, fs::perms mode, std::chrono::minutes age) {
    fs::create_directory(path(name));
    touch(path(name) / "file");
    fs::permissions(path(name), mode);
    fs::last_write_time(path(name), fs::file_time_type::clock::now() - age);
  };
  constexpr auto old = abandoned_after + std::chrono::minutes(1);
  const auto living = PrivateDir::create(outer.path(), "axle-x-").value();
  fs::last_write_time(living.path(), fs::file_time_type::clock::now() - old);
  for (int i = 0; i < 1000; ++i) {
    make("axle-x-" + std::to_string(1'000'000'000'000'000 + i), fs::perms::owner_all, old);
  }
  make("axle-x-0123456789abcdef", fs::perms::owner_all, std::chrono::minutes(1));
  make("axle-x-fedcba9876543210", fs::perms::owner_all | fs::perms::others_exec, old);
  make("axle-x-longer-than-our-names", fs::perms::owner_all, old);
  make("axle-x-a-users-backups-", fs::perms::owner_all, old);
  make("axle-y-0123456789abcdef", fs::perms::owner_all, old);
  fs::create_directory_symlink(path("axle-y-0123456789abcdef"), path("axle-x-abcdefabcdefabcd"));
  touch(path("axle-x-a-file"));
  {
    const auto dir = PrivateDir::create(outer.path(), "axle-x-").value();
    CHECK(entries_in(outer.path()) == 9);
  }
  CHECK(fs::exists(living.path()));
  for (const auto* name : {"axle-x-0123456789abcdef",
                           "axle-x-fedcba9876543210",
                           "axle-x-longer-than-our-names",
                           "axle-x-a-users-backups-"}) {
    CHECK(fs::exists(path(name) / "file"));
  }
  CHECK(fs::exists(path("axle-y-0123456789abcdef") / "file"));
  CHECK(fs::is_symlink(path("axle-x-abcdefabcdefabcd")));
}

TEST_CASE("PrivateDir names the folder in which it could not be made") {
  const auto dir = make_dir();
  const auto failed = PrivateDir::create(dir.path() / "none", "x-");
  REQUIRE(!failed);
  CHECK(failed.error().code == errc::io_error);
  CHECK(failed.error().message.find((dir.path() / "none").string()) != std::string::npos);
}

TEST_CASE("PrivateDir is absolute also where its parent is not") {
  const auto dir = make_dir();
  const auto before = fs::current_path();
  fs::current_path(dir.path());
  {
    const auto inner = PrivateDir::create(".", "x-").value();
    CHECK(inner.path().is_absolute());
    fs::current_path("/");
    CHECK(fs::exists(inner.path()));
  }
  fs::current_path(before);
  CHECK(entries_in(dir.path()) == 0);
}

TEST_CASE("I1 temporary_directory takes TMPDIR only if it can be used") {
  const auto dir = make_dir();
  touch(dir.path() / "file");
  const Variable good("TMPDIR", dir.path().c_str());
  CHECK(temporary_directory() == dir.path());
  for (const auto& bad :
       {""s, "relative"s, (dir.path() / "none").string(), (dir.path() / "file").string()}) {
    CAPTURE(bad);
    const Variable variable("TMPDIR", bad.c_str());
    CHECK(temporary_directory() == "/tmp");
  }
  const Variable unset("TMPDIR", nullptr);
  CHECK(temporary_directory() == "/tmp");
  fs::permissions(dir.path(), fs::perms::owner_read | fs::perms::owner_exec);
  const Variable variable("TMPDIR", dir.path().c_str());
  const OrdinaryUser ordinary;
  CHECK(temporary_directory() == "/tmp");
}

TEST_CASE("M2 check_private trusts only a folder that nobody else can write to") {
  const auto dir = make_dir();
  const auto folder = dir.path() / "folder";
  fs::create_directory(folder);
  ::chmod(folder.c_str(), 0755);
  CHECK(check_private(folder));
  for (const mode_t mode : {0770u, 0702u, 0720u}) {
    ::chmod(folder.c_str(), mode);
    REQUIRE(!check_private(folder));
    CHECK(check_private(folder).error().code == errc::io_error);
  }
  ::chmod(folder.c_str(), 0700);
  fs::create_directory_symlink(folder, dir.path() / "link");
  CHECK(!check_private(dir.path() / "link"));
  touch(dir.path() / "file");
  CHECK(!check_private(dir.path() / "file"));
  CHECK(!check_private(dir.path() / "none"));
  if (::geteuid() == 0) {
    REQUIRE(::chown(folder.c_str(), 65534, 65534) == 0);
    CHECK(!check_private(folder));
  }
}

TEST_CASE("H1 A file that is replaced again and again is always whole") {
  const auto dir = make_dir();
  const auto path = dir.path() / "file";
  constexpr std::size_t size = 300'000;
  REQUIRE(write_file_atomically(path, std::string(size, 'a')));
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (char letter = 'b'; !stop; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1)) {
      static_cast<void>(write_file_atomically(path, std::string(size, letter)));
    }
  });
  bool whole = true;
  for (int i = 0; i < 200; ++i) {
    const auto text = read_file(path, size);
    whole =
        whole && text && text->size() == size && text->find_first_not_of((*text)[0]) == text->npos;
  }
  stop = true;
  writer.join();
  CHECK(whole);
  CHECK(entries_in(dir.path()) == 1);
}

TEST_CASE("write_file_atomically gives the mode that was asked for") {
  const auto dir = make_dir();
  const Umask umask(0777);
  REQUIRE(write_file_atomically(dir.path() / "a", ""));
  CHECK(mode_of(dir.path() / "a") == 0644);
  REQUIRE(write_file_atomically(dir.path() / "b", "", 0600));
  CHECK(mode_of(dir.path() / "b") == 0600);
}

TEST_CASE("H2 A file that does not fit the disk is as it was before") {
  const auto dir = make_dir();
  const auto path = dir.path() / "file";
  REQUIRE(write_file_atomically(path, "before"));
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  {
    const Limit limit(RLIMIT_FSIZE, 4096);
    const auto failed = write_file_atomically(path, std::string(100'000, 'x'));
    REQUIRE(!failed);
    CHECK(failed.error().code == errc::io_error);
    CHECK(failed.error().message.find(path.string()) != std::string::npos);
  }
  ::signal(SIGXFSZ, handler);
  CHECK(read_file(path, 100).value() == "before");
  CHECK(entries_in(dir.path()) == 1);
}

TEST_CASE("H3 A folder that is missing or cannot be written to is told") {
  const auto dir = make_dir();
  CHECK(write_file_atomically(dir.path() / "none/file", "x").error().code == errc::io_error);
  touch(dir.path() / "file");
  CHECK(write_file_atomically(dir.path() / "file/file", "x").error().code == errc::io_error);
  for (const auto& path :
       {""s, "/"s, "."s, ".."s, dir.path().string() + "/", dir.path().string() + "/a\0b"s}) {
    CHECK(write_file_atomically(path, "x").error().code == errc::io_error);
  }
  ::chmod(dir.path().c_str(), 0555);
  {
    const OrdinaryUser ordinary;
    CHECK(write_file_atomically(dir.path() / "new", "x").error().code == errc::io_error);
  }
  CHECK(entries_in(dir.path()) == 1);
}

TEST_CASE("H4 M1 A link or FIFO or folder at the place of a file is refused") {
  const auto dir = make_dir();
  const auto victim = dir.path() / "victim";
  touch(victim, "precious");
  fs::create_symlink(victim, dir.path() / "link");
  fs::create_symlink(dir.path() / "none", dir.path() / "dangling");
  fs::create_directory(dir.path() / "folder");
  REQUIRE(::mkfifo((dir.path() / "fifo").c_str(), 0600) == 0);
  for (const auto* name : {"link", "dangling", "folder", "fifo"}) {
    CAPTURE(name);
    const auto path = dir.path() / name;
    const auto type = fs::symlink_status(path).type();
    REQUIRE(!write_file_atomically(path, "x"));
    CHECK(write_file_atomically(path, "x").error().code == errc::io_error);
    CHECK(fs::symlink_status(path).type() == type);
    REQUIRE(!read_file(path, 100));
    CHECK(read_file(path, 100).error().code == errc::io_error);
  }
  CHECK(!fs::exists(dir.path() / "none"));
  CHECK(read_file(victim, 100).value() == "precious");
  CHECK(entries_in(dir.path()) == 5);
}

TEST_CASE("write_file_atomically has room for the longest name") {
  const auto dir = make_dir();
  REQUIRE(write_file_atomically(dir.path() / std::string(255, 'n'), "longest name"));
  CHECK(read_file(dir.path() / std::string(255, 'n'), 100).value() == "longest name");
}

TEST_CASE("read_file reads no more than it may") {
  const auto dir = make_dir();
  const auto path = dir.path() / "file";
  const std::string text(200'000, '\0');
  REQUIRE(write_file_atomically(path, text));
  CHECK(read_file(path, text.size()).value() == text);
  REQUIRE(!read_file(path, text.size() - 1));
  CHECK(read_file(path, text.size() - 1).error().code == errc::io_error);
  CHECK(read_file(path, 0).error().code == errc::io_error);
  CHECK(read_file("/proc/self/status", 100'000).value().size() > 0);
  CHECK(read_file("/dev/zero", 100).error().code == errc::io_error);
  CHECK(read_file(dir.path() / "none", 100).error().code == errc::io_error);
  CHECK(read_file(path.string() + "\0x"s, text.size()).error().code == errc::io_error);
}

TEST_CASE("remove_tree removes links and not what they lead to") {
  const auto dir = make_dir();
  const auto outside = dir.path() / "outside";
  fs::create_directory(outside);
  touch(outside / "precious");
  const auto tree = dir.path() / "tree";
  fs::create_directories(tree / "inner");
  fs::create_directory_symlink(outside, tree / "link");
  fs::create_directory_symlink("../../outside", tree / "inner/link");
  fs::create_symlink(outside / "precious", tree / "file");
  REQUIRE(::mkfifo((tree / "fifo").c_str(), 0600) == 0);
  CHECK(remove_tree(tree));
  CHECK(!fs::exists(tree));
  CHECK(fs::exists(outside / "precious"));

  fs::create_directory_symlink(outside, dir.path() / "root link");
  CHECK(remove_tree(dir.path() / "root link"));
  CHECK(!fs::is_symlink(dir.path() / "root link"));
  CHECK(fs::exists(outside / "precious"));
}

TEST_CASE("remove_tree takes a trailing slash and a relative path and a plain file") {
  const auto dir = make_dir();
  fs::create_directories(dir.path() / "a/b");
  CHECK(remove_tree(dir.path().string() + "/a/"));
  CHECK(!fs::exists(dir.path() / "a"));
  touch(dir.path() / "file");
  const auto before = fs::current_path();
  fs::current_path(dir.path());
  CHECK(remove_tree("file"));
  fs::current_path(before);
  CHECK(entries_in(dir.path()) == 0);
  CHECK(remove_tree(dir.path() / "none"));
  for (const auto& path : {""s,
                           "/"s,
                           "."s,
                           ".."s,
                           dir.path().string() + "/.",
                           dir.path().string() + "/..",
                           dir.path().string() + "/a\0b"s}) {
    CAPTURE(path);
    CHECK(!remove_tree(path));
  }
  CHECK(fs::exists(dir.path()));
}

TEST_CASE("remove_tree removes folders that were made unwritable or unreadable") {
  const auto dir = make_dir();
  ::chmod(dir.path().c_str(), 0777);
  const OrdinaryUser ordinary;
  const auto tree = dir.path() / "tree";
  fs::create_directories(tree / "locked/inner");
  fs::create_directories(tree / "closed/inner");
  touch(tree / "locked/file");
  touch(tree / "locked/inner/file");
  touch(tree / "closed/file");
  ::chmod((tree / "locked/inner").c_str(), 0555);
  ::chmod((tree / "locked").c_str(), 0444);
  ::chmod((tree / "closed").c_str(), 0000);
  ::chmod(tree.c_str(), 0111);
  CHECK(remove_tree(tree));
  CHECK(!fs::exists(tree));
}

TEST_CASE("remove_tree leaves what it may not remove and removes the rest") {
  if (::geteuid() != 0) return;  // needs a folder of somebody else
  const auto dir = make_dir();
  ::chmod(dir.path().c_str(), 0777);
  const auto tree = dir.path() / "tree";
  fs::create_directories(tree / "theirs");
  fs::create_directories(tree / "ours/inner");
  touch(tree / "theirs/file");
  touch(tree / "file");
  ::chmod((tree / "theirs").c_str(), 0755);
  for (const auto* path : {"", "ours", "ours/inner", "file"}) {
    REQUIRE(::chown((tree / path).c_str(), 65534, 65534) == 0);
  }
  {
    const OrdinaryUser ordinary;
    CHECK(!remove_tree(tree));
  }
  CHECK(fs::exists(tree / "theirs/file"));
  CHECK(entries_in(tree) == 1);
}

TEST_CASE("remove_tree has room for any depth") {
  const auto dir = make_dir();
  const auto tree = dir.path() / "tree";
  fs::create_directory(tree);
  UniqueFd here(::open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int depth = 0; depth < 1500; ++depth) {
    REQUIRE(::mkdirat(here.number(), "deeper", 0700) == 0);
    UniqueFd inner(::openat(here.number(), "deeper", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    REQUIRE(inner);
    here = std::move(inner);
  }
  here.reset();
  const Limit descriptors(RLIMIT_NOFILE, 32);
  CHECK(remove_tree(tree));
  CHECK(!fs::exists(tree));
}

TEST_CASE("remove_tree removes many files beside many folders") {
  const auto dir = make_dir();
  const auto tree = dir.path() / "tree";
  for (int i = 0; i < 10; ++i) {
    const auto folder = tree / std::to_string(i);
    fs::create_directories(folder);
    for (int j = 0; j < 30; ++j) touch(folder / std::to_string(j));
  }
  CHECK(remove_tree(tree));
  CHECK(!fs::exists(tree));
}

TEST_CASE("remove_tree does not enter what is mounted in the tree") {
  const auto dir = make_dir();
  const auto outside = dir.path() / "outside";
  const auto inside = dir.path() / "tree/mounted";
  fs::create_directory(outside);
  touch(outside / "precious");
  fs::create_directories(inside);
  enum Answer { removed, left, cannot_mount };
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // in a mount namespace of its own
    const bool mounted = ::unshare(CLONE_NEWNS) == 0 &&
                         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         ::mount(outside.c_str(), inside.c_str(), nullptr, MS_BIND, nullptr) == 0;
    ::_exit(!mounted ? cannot_mount : remove_tree(dir.path() / "tree") ? removed : left);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == cannot_mount) {
    MESSAGE("this user may not mount");
    return;
  }
  CHECK(WEXITSTATUS(status) == left);
  CHECK(fs::exists(outside / "precious"));
}

TEST_SUITE_END();
