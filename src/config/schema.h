// Lists every key of the configuration, section by section. The readers know exactly these keys,
// and docs/configuration.md describes them.
#pragma once

#include <string_view>
#include <vector>

namespace gateway::config {

struct SectionSchema {
  std::string_view name;  // its path in the file; NAME stands for a name that the file gives
  std::vector<std::string_view> keys;
  bool attributes = false;  // attributes of DICOM are keys as well (attributes/attribute_path.h)
};

const std::vector<SectionSchema>& Schema();
// Lists the keys of other files that the same reader reads: those of `routes test`.
const std::vector<SectionSchema>& SchemaOfRouteTests();
// Finds a section of either.
const SectionSchema& SchemaOf(std::string_view section);

}  // namespace gateway::config
