#include "mime/labels.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>

#include "base/ascii.h"
#include "mime/packets.h"

namespace gateway::mime {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view WithoutBlanks(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string_view NextLine(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool BeginsWith(std::string_view line, std::string_view word) {
  return line.size() >= word.size() && EqualIgnoringCase(line.substr(0, word.size()), word);
}

// Recognizes a line between the first and the last one of armor.
bool IsOfArmor(std::string_view line) {
  constexpr std::array<std::string_view, 5> kFields{"Version:", "Comment:", "Charset:", "Hash:", "MessageID:"};
  if (std::any_of(kFields.begin(), kFields.end(), [&](auto field) { return BeginsWith(line, field); })) return true;
  return std::all_of(line.begin(), line.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=';
  });
}

// Recognizes a line of a visiting card. Its name may have a group before it, and parameters behind.
bool IsOfCard(std::string_view line) {
  return line.find(':') != std::string_view::npos || line.find(' ') == std::string_view::npos;
}

// Returns whether `text` holds nothing but blocks that begin and end with such lines, and nothing
// but such lines in these.
bool IsOnlyBlocks(std::string_view text, std::initializer_list<std::string_view> starts, std::string_view end,
                  bool (*belongs)(std::string_view)) {
  text = WithoutBlanks(text);
  bool inside = false;
  while (!text.empty()) {
    const std::string_view whole = NextLine(text);
    const std::string_view line = WithoutBlanks(whole);
    if (inside && BeginsWith(line, end)) {
      inside = false;
    } else if (inside) {
      const bool folded = whole.starts_with(' ') || whole.starts_with('\t');
      if (!folded && !belongs(line)) return false;
    } else if (!line.empty()) {
      inside = std::any_of(starts.begin(), starts.end(), [&](auto start) { return BeginsWith(line, start); });
      if (!inside) return false;
    }
  }
  return true;
}

bool IsFieldOfMail(std::string_view name) {
  constexpr std::array<std::string_view, 42> kNames{"from",
                                                    "to",
                                                    "cc",
                                                    "bcc",
                                                    "subject",
                                                    "date",
                                                    "message-id",
                                                    "in-reply-to",
                                                    "references",
                                                    "reply-to",
                                                    "sender",
                                                    "received",
                                                    "return-path",
                                                    "mime-version",
                                                    "authentication-results",
                                                    "received-spf",
                                                    "dkim-signature",
                                                    "domainkey-signature",
                                                    "delivered-to",
                                                    "envelope-to",
                                                    "delivery-date",
                                                    "disposition-notification-to",
                                                    "return-receipt-to",
                                                    "user-agent",
                                                    "organization",
                                                    "importance",
                                                    "priority",
                                                    "precedence",
                                                    "sensitivity",
                                                    "autocrypt",
                                                    "openpgp",
                                                    "auto-submitted",
                                                    "accept-language",
                                                    "keywords",
                                                    "comments",
                                                    "followup-to",
                                                    "newsgroups",
                                                    "feedback-id",
                                                    "original-recipient",
                                                    "status",
                                                    "errors-to",
                                                    "envelope-from"};
  constexpr std::array<std::string_view, 6> kKinds{"x-", "content-", "arc-", "list-", "resent-", "thread-"};
  const std::string lower = LowerCase(std::string(name));
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end() ||
         std::any_of(kKinds.begin(), kKinds.end(), [&](auto kind) { return lower.starts_with(kind); });
}

}  // namespace

bool IsBlank(std::string_view content) {
  return WithoutBlanks(content).empty();
}

bool IsOnlyKeys(std::string_view content) {
  PacketWatch packets;
  packets.Take(content);
  if (packets.has_key() && !packets.is_foreign() && packets.is_whole()) return true;
  return IsOnlyBlocks(content, {"-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----"},
                      "-----END PGP P", &IsOfArmor);
}

bool IsOnlySignatures(std::string_view content) {
  PacketWatch packets;
  packets.Take(content);
  const bool binary = packets.has_signature() && !packets.has_key() && !packets.is_foreign() && packets.is_whole();
  return binary || IsOnlyBlocks(content, {"-----BEGIN PGP SIGNATURE-----"}, "-----END PGP SIGNATURE", &IsOfArmor);
}

bool IsSignatureOfSmime(std::string_view content) {
  // The type of the content (RFC 5652 section 5.1) is id-signedData.
  constexpr std::string_view kSignedData = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
  constexpr std::size_t kLongestStart = 8;
  const std::string_view start = content.substr(0, kLongestStart + kSignedData.size());
  // A sequence that was cut before its type has nothing in it.
  const bool is_cut = start.size() == content.size();
  return content.starts_with('0') && (is_cut || start.find(kSignedData) != std::string_view::npos);
}

bool IsOnlyVisitingCards(std::string_view content) {
  return !IsBlank(content) && IsOnlyBlocks(content, {"BEGIN:VCARD"}, "END:VCARD", &IsOfCard);
}

bool IsOnlyHeader(std::string_view content) {
  bool in_field = false;
  while (!content.empty()) {
    const std::string_view line = NextLine(content);
    if (IsBlank(line)) {
      in_field = false;
      continue;
    }
    const bool folded = line.front() == ' ' || line.front() == '\t';
    if (folded && in_field) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !IsFieldOfMail(WithoutBlanks(line.substr(0, colon)))) return false;
    in_field = true;
  }
  return true;
}

bool IsPgpVersion(std::string_view content) {
  constexpr std::size_t kLongest = 100;  // bytes
  content = WithoutBlanks(content);
  return content.empty() ||
         (content.size() <= kLongest && BeginsWith(content, "Version") && content.find('\n') == std::string_view::npos);
}

}  // namespace gateway::mime
