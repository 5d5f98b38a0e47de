#include "dicom/attribute_query.h"

#include <algorithm>

#include "attributes/attribute_path.h"

namespace gateway::dicom {
namespace {

// A creator may have any block, which is the second byte of the element.
std::uint32_t WithoutBlock(std::uint32_t tag) {
  return (tag >> 16) % 2 == 1 ? tag & 0xFFFF00FFU : tag;
}

}  // namespace

AttributeQuery::AttributeQuery(const std::vector<AttributePath>& paths) {
  for (const AttributePath& path : paths) {
    std::string name = attributes::Text(path);
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
    by_tag_[WithoutBlock(path.steps.front().tag)].push_back(paths_.size());
    paths_.push_back(path);
    names_.push_back(std::move(name));
  }
}

const std::vector<std::size_t>& AttributeQuery::BeginningWith(std::uint32_t tag) const {
  static const std::vector<std::size_t> kNone;
  const auto found = by_tag_.find(WithoutBlock(tag));
  return found == by_tag_.end() ? kNone : found->second;
}

}  // namespace gateway::dicom
