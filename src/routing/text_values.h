// What of an attribute's text is compared with a rule: an attribute may have several values, and a name is written in
// several ways that mean the same (PS3.5 sections 6.2 and 6.2.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway::routing {

// The text as a whole, and each of its values, which backslash separates.
std::vector<std::string> ValuesOf(std::string_view text);

// The same of person names, and each component group by itself: alphabetic, ideographic, phonetic. Each as it stands
// and as PlainName() writes it.
std::vector<std::string> NamesOf(std::string_view text);

// Without empty components at the end of a group, empty groups at the end, and blanks around components.
std::string PlainName(std::string_view name);

}  // namespace gateway::routing
