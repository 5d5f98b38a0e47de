// Makes errors from the text of a code. Tests spell the codes because the names must stay stable,
// and they invent some of their own.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "gateway/result.h"

namespace gateway {

inline Error Transient(std::string_view code, std::string detail = {}) {
  return ErrorNamed(Fault::transient, code, std::move(detail));
}
inline Error Permanent(std::string_view code, std::string detail = {}) {
  return ErrorNamed(Fault::permanent, code, std::move(detail));
}
inline Error Corrupt(std::string_view code, std::string detail = {}) {
  return ErrorNamed(Fault::corrupt, code, std::move(detail));
}
inline Error ConfigError(std::string_view code, std::string detail = {}) {
  return ErrorNamed(Fault::config, code, std::move(detail));
}

}  // namespace gateway
