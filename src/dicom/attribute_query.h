// The attributes that somebody asks a data set for, besides those that the header reader always
// reads. It is made once for a configuration. Immutable, so any thread may use it.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/attribute.h"

namespace gateway::dicom {

class AttributeQuery {
 public:
  AttributeQuery() = default;
  explicit AttributeQuery(const std::vector<AttributePath>& paths);

  [[nodiscard]] bool empty() const { return paths_.empty(); }
  // Each path once. The names are the paths as attributes::Text() writes them.
  [[nodiscard]] const std::vector<AttributePath>& paths() const { return paths_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  // Returns the numbers of the paths that could begin with this element.
  [[nodiscard]] const std::vector<std::size_t>& BeginningWith(std::uint32_t tag) const;

 private:
  std::vector<AttributePath> paths_;
  std::vector<std::string> names_;
  // By the tag of the first step, in private groups without the block.
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_tag_;
};

}  // namespace gateway::dicom
