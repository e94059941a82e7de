#include "tests/support/failing_allocation.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>

namespace {

/// The allocations of this thread until one fails; nothing: none does.
thread_local std::optional<std::size_t> left_until_failure;

void* allocate(std::size_t size) {
  if (left_until_failure && *left_until_failure > 0 && --*left_until_failure == 0) {
    throw std::bad_alloc();
  }
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

// NOLINTBEGIN(misc-new-delete-overloads, readability-inconsistent-declaration-parameter-name)
void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
// NOLINTEND(misc-new-delete-overloads, readability-inconsistent-declaration-parameter-name)

namespace axle::test {

void sweep_allocations(const std::function<bool()>& work,
                       const std::function<void(bool done)>& check) {
  for (std::size_t n = 1;; ++n) {
    CAPTURE(n);
    bool done = false;
    left_until_failure = n;
    try {
      done = work();
    } catch (const std::bad_alloc&) {
      // Ends at the borders of the process, which are told from outside.
    }
    const bool untouched = *left_until_failure > 0;
    left_until_failure.reset();
    check(done);
    if (untouched) {
      CHECK(done);
      CHECK(n > 5);  // else nothing was swept
      return;
    }
  }
}

}  // namespace axle::test
