#include "mime/header_writer.h"

#include <algorithm>
#include <vector>

#include "base/random_text.h"
#include "mime/error_codes.h"
#include "mime/gmime_values.h"
#include "mime/mail_format.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kLongestAddress = 254;  // RFC 5321 section 4.5.3.1.3
constexpr std::size_t kLongestSubject = 800;  // once encoded
constexpr std::size_t kLongestTag = 128;

Error NotWritable(std::string_view name) {
  return Permanent(codes::kHeaderNotWritable, std::string(name));
}

bool IsAlphanumeric(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool ConsistsOf(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [others](char c) { return IsAlphanumeric(c) || others.find(c) != others.npos; });
}

// Writes attribute-char of RFC 2231 section 7 as it is, and percent-encodes all other bytes.
std::string PercentEncoded(char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  if (IsAlphanumeric(c) || std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos) return {c};
  const auto byte = static_cast<unsigned char>(c);
  return {'%', kHex[byte >> 4], kHex[byte & 15]};
}

}  // namespace

bool IsAddress(std::string_view address) {
  const std::size_t at = address.find('@');
  if (at == std::string_view::npos || address.size() > kLongestAddress) return false;
  return ConsistsOf(address.substr(0, at), "!#$%&'*+-/=?^_`{|}~.") && ConsistsOf(address.substr(at + 1), ".-[]:");
}

Result<void> AppendAddress(std::string& header, std::string_view name, std::string_view address) {
  if (!IsAddress(address)) return NotWritable(name);
  header.append(name).append(": ").append(address).append("\r\n");
  return {};
}

Result<void> AppendId(std::string& header, std::string_view name, std::string_view id, std::size_t longest) {
  const bool printable = std::all_of(id.begin(), id.end(), [](char c) { return c > 32 && c < 127; });
  if (id.empty() || id.size() > longest || !printable || id.find_first_of("<>") != id.npos) return NotWritable(name);
  header.append(name).append(": <").append(id).append(">\r\n");
  return {};
}

Result<void> AppendSubject(std::string& header, const std::string& subject) {
  const bool controls = std::any_of(subject.begin(), subject.end(), [](unsigned char c) { return c < 32 || c == 127; });
  if (controls || !IsUtf8(subject) || subject.size() > kLongestSubject) return NotWritable("Subject");
  const std::string encoded = EncodeText(subject);
  if (encoded.size() > kLongestSubject) return NotWritable("Subject");
  header.append("Subject: ").append(encoded).append("\r\n");
  return {};
}

Result<void> AppendTag(std::string& header, std::string_view name, std::string_view value) {
  if (value.size() > kLongestTag || !ConsistsOf(value, "_.,-")) return NotWritable(name);
  header.append(name).append(": ").append(value).append("\r\n");
  return {};
}

Result<void> AppendSet(std::string& header, const TelemedicineSet& set) {
  GATEWAY_TRY(AppendTag(header, kSetIdField, set.id));
  GATEWAY_TRY(AppendTag(header, kSetPartField, std::to_string(set.part)));
  return AppendTag(header, kSetTotalField, std::to_string(set.total));
}

Result<void> AppendDate(std::string& header, Time date) {
  const std::string text = FormatDate(date);
  if (text.empty()) return NotWritable("Date");
  header.append("Date: ").append(text).append("\r\n");
  return {};
}

Result<std::string> CommonHeader(const OuterHeader& outer) {
  std::string header;
  GATEWAY_TRY(AppendAddress(header, "From", outer.from));
  GATEWAY_TRY(AppendAddress(header, "To", outer.to));
  GATEWAY_TRY(AppendDate(header, outer.date));
  GATEWAY_TRY(AppendId(header, "Message-ID", outer.message_id));
  GATEWAY_TRY(AppendSubject(header, outer.subject));
  if (!outer.in_reply_to.empty()) {
    GATEWAY_TRY(AppendId(header, "In-Reply-To", outer.in_reply_to, kLongestForeignId));
    GATEWAY_TRY(AppendId(header, "References", outer.in_reply_to, kLongestForeignId));
  }
  if (outer.priority == Priority::emergency) header.append("Priority: urgent\r\n");
  if (outer.priority == Priority::bulk) header.append("Priority: non-urgent\r\n");
  // This asks Exchange for no out-of-office notes and no automatic answers. Receipts and bounces
  // (RN, NRN, DR, NDR) may come.
  header.append("X-Auto-Response-Suppress: OOF, AutoReply\r\n");
  header.append("MIME-Version: 1.0\r\nAuto-Submitted: ").append(outer.reply ? "auto-replied" : "auto-generated");
  return header + "\r\n";
}

Result<void> AppendParameter(std::string& header, std::string_view name, const std::string& value,
                             std::size_t longest) {
  constexpr std::size_t kLongestSegment = 60;
  // A value that looks like RFC 2047 would be read as that.
  if (IsQuotable(value, longest) && value.find("=?") == std::string::npos) {
    header.append(";\r\n ").append(name).append("=\"").append(value).append("\"");
    return {};
  }
  const bool controls = std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 32 || c == 127; });
  if (value.empty() || value.size() > longest || controls || !IsUtf8(value)) return NotWritable(name);
  std::vector<std::string> segments{"utf-8''"};
  for (const char c : value) {
    const std::string encoded = PercentEncoded(c);
    if (segments.back().size() + encoded.size() > kLongestSegment) segments.emplace_back();
    segments.back() += encoded;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    header.append(";\r\n ").append(name);
    if (segments.size() > 1) header.append("*").append(std::to_string(i));
    header.append("*=").append(segments[i]);
  }
  return {};
}

bool IsQuotable(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 32 && c < 127 && c != '"' && c != '\\'; });
}

bool IsMediaType(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != text.npos && text.size() <= 128 && ConsistsOf(text.substr(0, slash), "!#$&-^_.+") &&
         ConsistsOf(text.substr(slash + 1), "!#$&-^_.+");
}

std::string NewBoundary() {
  return "=_" + RandomHex(24);
}

std::string NewMessageId(std::string_view host) {
  return RandomHex(16) + "@" + std::string(host);
}

}  // namespace gateway::mime
