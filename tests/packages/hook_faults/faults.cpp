// What only compiled code can do to the process of a Python hook, to be called through ctypes.
#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <string>

namespace {

void throw_number() {
  throw 42;
}
void violate_noexcept() noexcept {
  throw_number();
}

int overflow(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return frame[0] + overflow(depth + 1);
}

}  // namespace

extern "C" {

void fault_throw_int() {
  throw 42;
}
void fault_throw_string() {
  throw std::string("a string");
}
void fault_violate() {
  violate_noexcept();
}
void fault_thread_exit() {
  pthread_exit(nullptr);
}
void fault_thread_cancel() {
  pthread_cancel(pthread_self());
  pthread_testcancel();
}
int fault_overflow() {
  return overflow(0);
}
void fault_abort() {
  std::abort();
}
void fault_raise(int number) {
  std::raise(number);
}
int fault_null() {
  int* volatile nowhere = nullptr;
  return *nowhere;
}
}
