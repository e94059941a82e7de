#include "cli/kind_options.hpp"

#include <algorithm>
#include <array>

namespace axle::cli {

void KindOptions::add_to(OptionParser& parser, const char* group, Standing standing) {
  parser.flag(group, "-s,--sdist", plan_.sdist, "An sdist", standing);
  parser.flag(group, "-w,--wheel", plan_.wheel, "A wheel, straight from the source tree", standing);
  parser.flag(group,
              "-e,--editable",
              plan_.editable,
              "An editable wheel (PEP 660)",
              Standing::command_line);
  parser.alternative("sdist", "wheel");
  parser.alternative("sdist", "editable");
  parser.alternative("wheel", "editable");
}

Result<frontend::ArtifactKind> KindOptions::only_kind(const char* hint) const {
  if (std::ranges::count(std::array{plan_.sdist, plan_.wheel, plan_.editable}, true) > 1) {
    return fail(errc::usage, "--sdist, --wheel and --editable exclude each other", hint);
  }
  if (plan_.sdist) return frontend::ArtifactKind::sdist;
  return plan_.editable ? frontend::ArtifactKind::editable : frontend::ArtifactKind::wheel;
}

}  // namespace axle::cli
