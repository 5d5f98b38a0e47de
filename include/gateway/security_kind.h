// The kinds of mail security. Each key, and each encrypted or signed part of a mail, is of one
// kind.
#pragma once

#include <array>
#include <string_view>

namespace gateway {

enum class SecurityKind { openpgp };

struct NamedSecurityKind {
  SecurityKind kind;
  std::string_view name;
};

// Every kind, with the name by which the daemon tells the open worker of what kind a key is.
inline constexpr std::array kSecurityKinds{NamedSecurityKind{SecurityKind::openpgp, "openpgp"}};

}  // namespace gateway
