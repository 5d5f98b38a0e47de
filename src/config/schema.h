// Lists every key of the configuration, section by section. The readers know exactly these keys,
// and docs/configuration.md describes them.
#pragma once

#include <string_view>
#include <vector>

namespace gateway::config {

struct SectionSchema {
  std::string_view name;  // its path in the file; NAME stands for a name that the file gives
  std::vector<std::string_view> keys;
};

const std::vector<SectionSchema>& Schema();
const SectionSchema& SchemaOf(std::string_view section);

}  // namespace gateway::config
