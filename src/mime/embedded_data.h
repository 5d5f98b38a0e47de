// Recognizes the base64 that mail programs put into the tags of a page: the picture that an <img>
// shows (a logo), and the drawing of a shape, which Word keeps beside its picture. Private to this
// folder.
#pragma once

#include <cstddef>
#include <string_view>

namespace gateway::mime {

// Returns the place in `html`, at `from` or behind it, where the next of these may begin.
std::size_t FindEmbedded(std::string_view html, std::size_t from);
// So many bytes may stand between that place and the first letters of the base64.
constexpr std::size_t kLongestEmbeddedStart = 64;
// `html` begins at such a place, and `tag` is the tag before it, from its "<" on. Returns how many
// bytes of `html` come before the base64. 0 means that it is neither a picture nor a drawing.
std::size_t EmbeddedAt(std::string_view html, std::string_view tag);
// Says whether such base64 goes on with the character. Word breaks its lines by "&#10;".
bool IsOfEmbedded(char c);
// Returns whether the base64 is that of a picture which mail programs put into a page.
bool BeginsPicture(std::string_view base64);

}  // namespace gateway::mime
