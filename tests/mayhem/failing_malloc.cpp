// For LD_PRELOAD: lets one allocation of axle-backend fail, or all from one on. Other programs,
// into which the environment brings it too, are left alone.
//
//   AXLE_FAIL_ALLOCATION=N[+]   the N-th one, with + all from it on
//   AXLE_FAILED_ALLOCATION=FILE is made when one has failed
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>

extern "C" {

extern char* program_invocation_short_name;  // NOLINT(readability-identifier-naming)
// The C library's own, behind the names that are replaced here.
void* __libc_malloc(std::size_t size);                     // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t count, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* memory, std::size_t size);      // NOLINT(bugprone-reserved-identifier)
}

namespace {

std::atomic<long> allocations = 0;
long first_to_fail = 0;  // 0: none
bool all_from_there = false;

// Children that the program forks count on from where they are; whom they execute is somebody else.
__attribute__((constructor)) void read_orders() {
  const char* orders = std::getenv("AXLE_FAIL_ALLOCATION");
  if (orders == nullptr || std::strcmp(program_invocation_short_name, "axle-backend") != 0) return;
  char* end = nullptr;
  first_to_fail = std::strtol(orders, &end, 10);
  all_from_there = *end == '+';
}

bool fails() {
  if (first_to_fail == 0) return false;
  const long number = ++allocations;
  if (number != first_to_fail && !(all_from_there && number > first_to_fail)) return false;
  if (number == first_to_fail) {
    const int file =
        ::open(std::getenv("AXLE_FAILED_ALLOCATION"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) ::close(file);
  }
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  return fails() ? nullptr : __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  return fails() ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) {
  return fails() ? nullptr : __libc_realloc(memory, size);
}
}
