#include "frontend/build_options.hpp"

namespace axle::frontend {

std::string_view to_string(HookIsolation isolation) noexcept {
  switch (isolation) {
    case HookIsolation::forked: return "forked";
    case HookIsolation::in_line: return "inline";
    case HookIsolation::fresh: return "fresh";
  }
  return "forked";
}

}  // namespace axle::frontend
