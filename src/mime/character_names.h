// The characters that references of HTML stand for ("&uuml;", "&#252;"). Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gateway::mime {

// `reference` stands between "&" and ";". Returns the character in UTF-8 if it is not ASCII.
std::optional<std::string> CharacterNamed(std::string_view reference);

}  // namespace gateway::mime
