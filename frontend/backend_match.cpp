#include "frontend/backend_match.hpp"

#include "frontend/file_identity.hpp"

namespace axle::frontend {

bool serves(const BackendSpec& running, const BackendSpec& wanted) {
  BackendSpec other = wanted;
  other.project = running.project;
  if (wanted.backend_path.empty()) other.source_tree = running.source_tree;
  return running == other;
}

std::string programs_of(const BackendSpec& spec) {
  // The link too: that of an environment which was made anew is another.
  return file_identity(spec.python) + "," + link_identity(spec.python) + "," +
         file_identity(spec.backend_program);
}

}  // namespace axle::frontend
