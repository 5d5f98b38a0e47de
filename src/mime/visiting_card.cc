#include <algorithm>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "mime/coded_file.h"
#include "mime/content_lines.h"
#include "mime/embedded_data.h"
#include "mime/labels.h"
#include "mime/packets.h"
#include "mime/prose_watch.h"

namespace gateway::mime {
namespace {

// Reads the lines of a card (RFC 6350, and the older vCard 2.1 and 3.0).
class VisitingCard {
 public:
  // Returns whether the line is one of a card. A value may go on in the next line.
  bool Take(std::string_view line) {
    const std::string_view text = WithoutBlanks(line);
    const bool goes_on = line.starts_with(' ') || line.starts_with('\t') || (is_soft_ && kind_ == Kind::text) ||
                         (kind_ != Kind::text && text.find(':') == std::string_view::npos);
    if (text.empty()) return true;
    if (goes_on) return TakeValue(text);
    return TakeProperty(text);
  }

 private:
  enum class Kind { text, picture, key };

  bool TakeProperty(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string name = LowerCase(line.substr(0, colon));
    const std::size_t end = std::min(name.find(';'), name.size());
    // A group may stand before the name of the property.
    const std::size_t group = name.substr(0, end).rfind('.');
    const std::string property = name.substr(group == std::string::npos ? 0 : group + 1, end);
    is_quoted_ = name.find("quoted-printable") != std::string::npos;
    std::string_view value = line.substr(colon + 1);
    constexpr std::string_view kCode = ";base64,";
    const std::size_t code = BeginsWith(value, "data:") ? value.find(kCode) : std::string_view::npos;
    if (code != std::string_view::npos) value.remove_prefix(code + kCode.size());
    const bool coded = code != std::string_view::npos || name.find("base64") != std::string::npos ||
                       name.find("encoding=b") != std::string::npos;
    kind_ = Kind::text;
    if (coded && (property.starts_with("photo") || property.starts_with("logo"))) kind_ = Kind::picture;
    if (coded && property.starts_with("key")) kind_ = Kind::key;
    begun_ = false;
    key_ = ArmoredPackets();
    return TakeValue(WithoutBlanks(value));
  }

  bool TakeValue(std::string_view value) {
    is_soft_ = is_quoted_ && value.ends_with('=');
    if (kind_ == Kind::text) {
      prose_.Take(value);
      files_.Take(value);
      return !prose_.found() && !files_.found();
    }
    if (value.empty()) return true;
    if (!std::all_of(value.begin(), value.end(), &IsOfEmbedded)) return false;
    const bool first = !begun_;
    begun_ = true;
    if (kind_ == Kind::picture) return !first || BeginsPicture(value);
    key_.TakeWord(value);
    return !key_.is_foreign();
  }

  Kind kind_ = Kind::text;  // of the property
  bool is_quoted_ = false;  // it is quoted-printable
  bool is_soft_ = false;    // its line end is none
  bool begun_ = false;      // base64 of its value came
  ArmoredPackets key_;
  ProseWatch prose_;
  CodedFileWatch files_;
};

}  // namespace

bool IsOnlyVisitingCards(std::string_view content) {
  if (IsBlank(content)) return false;
  std::optional<VisitingCard> card;
  for (content = WithoutBlanks(content); !content.empty();) {
    const std::string_view line = NextLine(content);
    const std::string_view text = WithoutBlanks(line);
    if (card && BeginsWith(text, "END:VCARD")) {
      card.reset();
    } else if (card) {
      if (!card->Take(line)) return false;
    } else if (BeginsWith(text, "BEGIN:VCARD")) {
      card.emplace();
    } else if (!text.empty()) {
      return false;
    }
  }
  return true;
}

}  // namespace gateway::mime
