#include "cli/workflow_command.hpp"

#include <fmt/format.h>

#include <random>

namespace axle::cli {
namespace {

std::string encoded(std::string_view text, std::string_view special) {
  std::string result;
  for (const char c : text) {
    if (special.contains(c)) {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::string github_data(std::string_view text) {
  return encoded(text, "%\r\n");
}

std::string github_property(std::string_view text) {
  return encoded(text, "%\r\n:,");
}

std::string github_annotation(const Annotation& annotation) {
  std::string properties;
  const auto add = [&](std::string_view name, std::string_view value) {
    properties += fmt::format("{}{}={}", properties.empty() ? " " : ",", name, value);
  };
  if (!annotation.file.empty()) add("file", github_property(annotation.file));
  if (!annotation.file.empty() && annotation.line > 0) add("line", fmt::to_string(annotation.line));
  if (!annotation.title.empty()) add("title", github_property(annotation.title));
  return fmt::format("::error{}::{}\n", properties, github_data(annotation.message));
}

std::string github_group(std::string_view name) {
  return fmt::format("::group::{}\n", github_data(name));
}

std::string github_stop(std::string_view token) {
  return fmt::format("::stop-commands::{}\n", token);
}

std::string github_resume(std::string_view token) {
  return fmt::format("::{}::\n", token);
}

std::string github_output(std::string_view name,
                          std::string_view value,
                          std::string_view delimiter) {
  return fmt::format("{0}<<{1}\n{2}\n{1}\n", name, delimiter, value);
}

std::string unguessable_word() {
  std::random_device random;
  std::string word;
  for (int i = 0; i < 4; ++i) word += fmt::format("{:08x}", random());
  return word;
}

}  // namespace axle::cli
