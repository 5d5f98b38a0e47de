// Makes the values that are compared with a rule out of an attribute's text. An attribute may have
// several values, and a name may be written in several ways that mean the same (PS3.5 sections 6.2
// and 6.2.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gateway::routing {

// Returns each of the values, which backslashes separate.
std::vector<std::string> SingleValuesOf(std::string_view text);

// Returns the text as a whole, and each of its values, which backslashes separate.
std::vector<std::string> ValuesOf(std::string_view text);

// Does the same for person names, and also returns each component group (alphabetic, ideographic,
// phonetic) by itself. It returns each as it stands and as PlainName() writes it.
std::vector<std::string> NamesOf(std::string_view text);

// Returns the name without empty components at the end of a group, empty groups at the end, and
// blanks around components.
std::string PlainName(std::string_view name);

}  // namespace gateway::routing
