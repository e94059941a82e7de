#include "frontend/artifact_contents.hpp"

#include "frontend/core_metadata.hpp"
#include "frontend/utf8.hpp"

#include <fmt/format.h>

#include <utility>

namespace axle::frontend {

Result<ArtifactContents> read_claim(std::string_view file_name,
                                    std::string_view member,
                                    std::string metadata) {
  const CoreMetadata fields = CoreMetadata::parse(metadata);
  ArtifactContents contents{.name = {}, .version = {}, .metadata = std::move(metadata)};
  for (const auto& [field, value] :
       {std::pair("Name", &contents.name), std::pair("Version", &contents.version)}) {
    auto values = fields.values(field);
    if (values.size() != 1 || values.front().empty()) {
      return refuse_artifact(file_name,
                             fmt::format("{} in it has {} {}",
                                         printable(member),
                                         values.size() > 1 ? "several" : "no",
                                         field));
    }
    *value = std::move(values.front());
  }
  return contents;
}

std::unexpected<Error> refuse_artifact(std::string_view file_name, std::string_view why) {
  return fail(errc::bad_artifact,
              fmt::format("the hook returned '{}', but {}", printable(file_name), why));
}

}  // namespace axle::frontend
