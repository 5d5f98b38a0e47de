// One attribute in which a changed copy of an instance differs from its original.
#pragma once

#include <optional>
#include <string>

namespace gateway {

struct AttributeDifference {
  std::string path;  // as attributes::Text() writes it
  // The values in UTF-8, shortened, separated by backslashes; nullopt: the attribute is absent.
  // They may hold patient data.
  std::optional<std::string> before;
  std::optional<std::string> after;

  bool operator==(const AttributeDifference&) const = default;
};

}  // namespace gateway
