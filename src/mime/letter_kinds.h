// Tells the letters of ASCII apart, whatever the locale is. Private to this folder.
#pragma once

namespace gateway::mime {

constexpr bool IsSmall(char c) {
  return c >= 'a' && c <= 'z';
}

constexpr bool IsCapital(char c) {
  return c >= 'A' && c <= 'Z';
}

constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool IsHexDigit(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace gateway::mime
