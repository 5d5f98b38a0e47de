#include "mime/labels.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "mime/content_lines.h"
#include "mime/key_block.h"
#include "mime/packets.h"
#include "mime/prose_watch.h"

namespace gateway::mime {
namespace {

// Returns whether `text` holds nothing but blocks of armor that begin and end with such lines, and
// nothing but keys or signatures in these.
bool IsOnlyArmor(std::string_view text, std::initializer_list<std::string_view> starts, std::string_view end) {
  std::optional<KeyBlock> block;
  bool is_over = false;  // the checksum came, and only the last line may follow
  for (text = WithoutBlanks(text); !text.empty();) {
    const std::string_view line = WithoutBlanks(NextLine(text));
    if (block && BeginsWith(line, end)) {
      if (!block->IsWhole()) return false;
      block.reset();
    } else if (line.empty()) {
      continue;
    } else if (block) {
      const KeyBlock::Line kind = is_over ? KeyBlock::Line::foreign : block->Take(line);
      if (kind == KeyBlock::Line::foreign) return false;
      is_over = kind == KeyBlock::Line::checksum;
    } else {
      if (std::none_of(starts.begin(), starts.end(), [&](auto start) { return BeginsWith(line, start); })) return false;
      block.emplace();
      is_over = false;
    }
  }
  return !block || block->IsWhole();
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
  return IsOnlyArmor(content, {"-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----BEGIN PGP PRIVATE KEY BLOCK-----"},
                     "-----END PGP P");
}

bool IsOnlySignatures(std::string_view content) {
  PacketWatch packets;
  packets.Take(content);
  const bool binary = packets.has_signature() && !packets.has_key() && !packets.is_foreign() && packets.is_whole();
  return binary || IsOnlyArmor(content, {"-----BEGIN PGP SIGNATURE-----"}, "-----END PGP SIGNATURE");
}

bool IsOnlyHeader(std::string_view content) {
  bool in_field = false;
  while (!content.empty()) {
    const std::string_view line = NextLine(content);
    if (IsBlank(line)) {
      in_field = false;
      continue;
    }
    // Other long base64 is usual in a header.
    if (HoldsFileInBase64(line)) return false;
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
