// Core metadata: what METADATA and PKG-INFO say about a project. The format is
// https://packaging.python.org/en/latest/specifications/core-metadata/: fields as in an e-mail, the
// description as their last or as the body.
//
//   const CoreMetadata metadata = CoreMetadata::parse(text);
//   metadata.value("Name");               // "attrs"
//   metadata.values("Requires-Dist");     // all of them
#pragma once

#include "ipc/json_text.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace axle::frontend {

class CoreMetadata {
 public:
  struct Field {
    std::string name;   ///< As it is spelled there.
    std::string value;  ///< Unfolded: without the margin of continued lines.
  };

  /// Never fails: as in an e-mail, a line that is no field begins the body.
  static CoreMetadata parse(std::string_view text);

  /// In order, with repetitions.
  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }
  /// What follows the first empty line: the description, if any.
  [[nodiscard]] const std::string& body() const noexcept { return body_; }

  /// The first field of that name (in any case), or nothing.
  [[nodiscard]] std::optional<std::string> value(std::string_view field) const;
  /// Every field of that name, in order.
  [[nodiscard]] std::vector<std::string> values(std::string_view field) const;

  /// The JSON of https://peps.python.org/pep-0566/#json-compatible-metadata. Bytes that are not
  /// UTF-8 become U+FFFD.
  [[nodiscard]] ipc::JsonText to_json() const;

 private:
  std::vector<Field> fields_;
  std::string body_;
};

/// The one spelling of a project's name (PEP 503): lower case, and "-" for each run of "-", "_"
/// and ".".
std::string normalized_name(std::string_view name);

}  // namespace axle::frontend
