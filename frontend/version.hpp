// Whether two spellings are one version. Ordering versions is the business of Python's `packaging`.
#pragma once

#include <string_view>

namespace axle::frontend {

/// Whether `a` and `b` spell the same version, by the normalisation of
/// https://packaging.python.org/en/latest/specifications/version-specifiers/#normalization: case,
/// separators, leading and trailing zeros and a leading "v" do not matter, and neither does the
/// choice between "alpha" and "a", "preview" and "rc", "rev" and "post". Text that is no version
/// by that specification equals itself only, whatever the case and the separators.
bool same_version(std::string_view a, std::string_view b);

}  // namespace axle::frontend
