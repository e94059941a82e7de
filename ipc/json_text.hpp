// A JSON value as text: how values cross our own borders without a JSON library in a header.
#pragma once

#include <string>

namespace axle::ipc {

/// One JSON value, serialised: UTF-8, on one line, valid. Whoever makes one vouches for that.
struct JsonText {
  std::string text = "null";

  bool operator==(const JsonText&) const = default;
};

}  // namespace axle::ipc
