// An environment variable of the test program, for the time of a scope.
#pragma once

#include <optional>
#include <stdlib.h>
#include <string>
#include <utility>

namespace axle::test {

/// Sets or (without a value) unsets an environment variable of this process for a scope.
class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::optional<std::string>& value)
      : name_(std::move(name)) {
    if (const char* before = ::getenv(name_.c_str())) before_ = before;
    put(value);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() { put(before_); }

 private:
  void put(const std::optional<std::string>& value) const {
    value ? ::setenv(name_.c_str(), value->c_str(), 1) : ::unsetenv(name_.c_str());
  }

  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace axle::test
