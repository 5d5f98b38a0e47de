#include "mime/embedded_data.h"

#include <algorithm>
#include <array>

#include "mime/content_lines.h"
#include "mime/letter_kinds.h"

namespace gateway::mime {
namespace {

constexpr std::string_view kPicture = "data:image/";
constexpr std::string_view kCode = ";base64,";
// The value is an archive with the parts of a drawing (ECMA-376).
constexpr std::string_view kDrawing = "o:gfxdata=\"";
constexpr std::string_view kArchive = "UEsDB";

// Returns whether the source of an <img> follows the open tag.
bool IsSourceOfImage(std::string_view tag) {
  constexpr std::string_view kSource = "src=";
  if (!BeginsWith(tag, "<img")) return false;
  tag = tag.substr(0, tag.find_last_not_of(" \"'") + 1);
  return tag.size() >= kSource.size() && BeginsWith(tag.substr(tag.size() - kSource.size()), kSource);
}

}  // namespace

std::size_t FindEmbedded(std::string_view html, std::size_t from) {
  // Both have a colon, so that one pass finds them.
  for (std::size_t colon = html.find(':', from); colon != std::string_view::npos; colon = html.find(':', colon + 1)) {
    for (const std::string_view mark : {kPicture, kDrawing}) {
      const std::size_t before = mark.find(':');
      if (colon >= from + before && html.substr(colon - before).starts_with(mark)) return colon - before;
    }
  }
  return std::string_view::npos;
}

std::size_t EmbeddedAt(std::string_view html, std::string_view tag) {
  if (html.starts_with(kDrawing)) {
    const bool is_drawing = BeginsWith(tag, "<v:") && html.substr(kDrawing.size()).starts_with(kArchive);
    return is_drawing ? kDrawing.size() : 0;
  }
  const std::size_t code = html.substr(0, kLongestEmbeddedStart).find(kCode);
  if (code == std::string_view::npos || !BeginsPicture(html.substr(code + kCode.size()))) return 0;
  return IsSourceOfImage(tag) ? code + kCode.size() : 0;
}

bool IsOfEmbedded(char c) {
  return IsSmall(c) || IsCapital(c) || IsDigit(c) ||
         std::string_view("+/=% \t\r\n&#;").find(c) != std::string_view::npos;
}

bool BeginsPicture(std::string_view base64) {
  constexpr std::array<std::string_view, 7> kStarts{"iVBORw0KGg", "/9j/", "R0lGOD", "UklGR", "PHN2Zy", "PD94bW", "Qk"};
  return std::any_of(kStarts.begin(), kStarts.end(), [&](auto start) { return base64.starts_with(start); });
}

}  // namespace gateway::mime
