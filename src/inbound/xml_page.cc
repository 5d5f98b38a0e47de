#include "inbound/xml_page.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/files.h"

namespace gateway::inbound {
namespace {

constexpr std::size_t kChunk = 65'536;
// A reference with more zeros before its number hides something.
constexpr std::size_t kLongestReference = 64;
constexpr std::array<std::string_view, 29> kSigns{"<html",
                                                  "<svg",
                                                  "<script",
                                                  "<iframe",
                                                  "<hta:",
                                                  ":html",
                                                  ":svg",
                                                  ":script",
                                                  ":iframe",
                                                  "<!doctype html",
                                                  "<!entity",
                                                  "<!attlist",
                                                  "<?xml-styles",
                                                  "<?mso-",
                                                  "www.w3.org/1999/xhtml",
                                                  "www.w3.org/2000/svg",
                                                  "www.w3.org/1998/math/mathml",
                                                  "www.w3.org/1999/xsl",
                                                  "www.w3.org/tr/wd-xsl",
                                                  "www.w3.org/2001/xinclude",
                                                  "www.mozilla.org/xbl",
                                                  "mozilla.org/keymaster/",
                                                  "schemas.microsoft.com/office/",
                                                  "schemas.microsoft.com/winfx/",
                                                  "schemas-microsoft-com:office:",
                                                  "schemas-microsoft-com:vml",
                                                  "schemas-microsoft-com:xslt",
                                                  "&#0000000000",
                                                  "&#x0000000000"};
constexpr std::string_view kDoctype = "<!doctype";
// Bytes; no sign and no name of a document type is longer.
constexpr std::size_t kLongestSign = 256;

// A reference such as "&#60;" or "&#x3C;" at the front of a text: the ASCII character, and the
// length of the reference.
struct Reference {
  char character = '\0';
  std::size_t length = 0;
};

std::optional<Reference> ReferenceAt(std::string_view text) {
  if (!text.starts_with("&#")) return std::nullopt;
  const std::size_t end = text.substr(0, kLongestReference).find(';');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view number = text.substr(2, end - 2);
  int base = 10;
  if (number.starts_with('x')) {
    base = 16;
    number.remove_prefix(1);
  }
  unsigned value = 0;
  const auto [last, error] = std::from_chars(number.data(), number.data() + number.size(), value, base);
  if (error != std::errc() || last != number.data() + number.size() || value >= 0x80) return std::nullopt;
  return Reference{LowerCase(static_cast<char>(value)), end + 1};
}

// Replaces references by their characters from `from` on. Returns the place where an incomplete
// reference may begin.
std::size_t UndoReferences(std::string& text, std::size_t from, bool at_end) {
  std::size_t to = from;
  std::size_t at = from;
  while (at < text.size()) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (!at_end && rest.size() < kLongestReference && rest.front() == '&' && rest.find(';') == std::string_view::npos) {
      break;
    }
    const auto reference = ReferenceAt(rest);
    text[to++] = reference ? reference->character : text[at];
    at += reference ? reference->length : 1;
  }
  text.erase(to, at - to);
  return to;
}

// Returns whether a document type is declared that loads another file. Its address has quotes. What
// does not end soon counts as loading one.
bool LoadsDocumentType(std::string_view text) {
  for (std::size_t at = text.find(kDoctype); at != std::string_view::npos; at = text.find(kDoctype, at + 1)) {
    const std::string_view name = text.substr(at, kLongestSign);
    const std::size_t end = name.find_first_of("\"'[>");
    const bool ends = end != std::string_view::npos;
    if (ends ? name[end] == '"' || name[end] == '\'' : name.size() == kLongestSign) return true;
  }
  return false;
}

bool HasSign(std::string_view text) {
  return LoadsDocumentType(text) || std::any_of(kSigns.begin(), kSigns.end(), [&](std::string_view sign) {
           return text.find(sign) != std::string_view::npos;
         });
}

}  // namespace

Result<bool> IsXmlPage(Source& xml) {
  std::string text;      // in lower case and without NULs, so that UTF-16 reads like ASCII
  std::size_t done = 0;  // bytes of the text in which references are replaced
  std::string chunk(kChunk, '\0');
  for (bool at_end = false; !at_end;) {
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(xml, chunk));
    at_end = count == 0;
    for (const char c : std::string_view(chunk).substr(0, count)) {
      if (c != '\0') text += LowerCase(c);
    }
    done = UndoReferences(text, done, at_end);
    const std::string_view ready = std::string_view(text).substr(0, done);
    if (HasSign(ready)) return true;
    const std::size_t gone = done - std::min(done, kLongestSign);
    text.erase(0, gone);
    done -= gone;
  }
  return false;
}

}  // namespace gateway::inbound
