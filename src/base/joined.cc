#include "base/joined.h"

namespace gateway {

std::string Joined(std::span<const std::string> texts, std::string_view between) {
  std::string joined;
  for (const std::string& text : texts) {
    if (&text != &texts.front()) joined += between;
    joined += text;
  }
  return joined;
}

}  // namespace gateway
