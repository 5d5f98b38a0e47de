// ReceiptEntity and PgpReceiptEntity write our answers to messages.
#include <algorithm>
#include <array>
#include <utility>

#include "mime/error_codes.h"
#include "mime/header_writer.h"
#include "mime/report.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kLongestUserAgent = 200;

// Each disposition, and its meaning for a person.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kDispositions{{
    {"displayed", "The message has arrived and all that it carries is stored."},
    {"displayed/warning", "The message has arrived and is stored, with a warning. Please do not send it again."},
    {"deleted/error", "The message has arrived, but could not be stored. Please send it again."},
    {"deleted",
     "The message has arrived, but cannot be stored. To send it again will not help: please ask the receiver."},
}};

// Returns an empty text if there is no such disposition.
std::string_view SentenceFor(std::string_view disposition) {
  const auto* const found = std::find_if(kDispositions.begin(), kDispositions.end(),
                                         [disposition](const auto& entry) { return entry.first == disposition; });
  return found == kDispositions.end() ? std::string_view() : found->second;
}

Result<std::string> TextFor(const Receipt& receipt) {
  const std::string_view sentence = SentenceFor(receipt.disposition);
  if (sentence.empty()) return Permanent(codes::kHeaderNotWritable, "Disposition");
  std::string text = "This is the receipt of a DICOM e-mail gateway.\r\n\r\n";
  text.append(sentence).append("\r\n");
  return text;
}

// The owner chooses the gateway's name, and a receipt must not fail because of an umlaut in it.
std::string UserAgentOf(const Receipt& receipt) {
  std::string name = receipt.reporting_ua.substr(0, kLongestUserAgent);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c < 32 || c > 126; }, '?');
  return name;
}

void AppendDisposition(std::string& text, std::string_view name, const Receipt& receipt) {
  text.append(name).append(": ").append(kDispositionMode).append("; ").append(receipt.disposition).append("\r\n");
}

// The nonce is an extension field (RFC 8098 section 3.3).
Result<void> AppendNonce(std::string& text, const Receipt& receipt) {
  if (!receipt.nonce) return {};
  return AppendTag(text, kNonceField, receipt.nonce->empty() ? kNoNonce : std::string_view(*receipt.nonce));
}

// The addresses are inside what is signed. So the partner to whom the answer was sent cannot show
// it to another partner as if it were meant for that one.
Result<void> AppendAddressing(std::string& header, const Receipt& receipt) {
  if (!receipt.from.empty()) GATEWAY_TRY(AppendAddress(header, "From", receipt.from));
  if (!receipt.to.empty()) GATEWAY_TRY(AppendAddress(header, "To", receipt.to));
  return {};
}

Result<std::string> NotificationFor(const Receipt& receipt) {
  if (!IsAddress(receipt.final_recipient)) return Permanent(codes::kHeaderNotWritable, "Final-Recipient");
  std::string text;
  if (!receipt.reporting_ua.empty()) text.append("Reporting-UA: ").append(UserAgentOf(receipt)).append("\r\n");
  text.append("Final-Recipient: rfc822; ").append(receipt.final_recipient).append("\r\n");
  if (!receipt.original_message_id.empty()) {
    GATEWAY_TRY(AppendId(text, "Original-Message-ID", receipt.original_message_id, kLongestForeignId));
  }
  AppendDisposition(text, "Disposition", receipt);
  GATEWAY_TRY(AppendNonce(text, receipt));
  return text;
}

Result<std::string> OriginalHeader(const Receipt& receipt) {
  std::string text;
  if (!receipt.original_message_id.empty()) {
    GATEWAY_TRY(AppendId(text, "Message-ID", receipt.original_message_id, kLongestForeignId));
  }
  if (receipt.set) GATEWAY_TRY(AppendSet(text, *receipt.set));
  return text;
}

}  // namespace

Result<std::string> ReceiptEntity(const Receipt& receipt) {
  GATEWAY_ASSIGN(const std::string text, TextFor(receipt));
  GATEWAY_ASSIGN(const std::string notification, NotificationFor(receipt));
  GATEWAY_ASSIGN(const std::string original, OriginalHeader(receipt));
  const std::string boundary = NewBoundary();
  std::string entity =
      "Content-Type: multipart/report; report-type=disposition-notification;\r\n boundary=\"" + boundary + "\"\r\n";
  GATEWAY_TRY(AppendAddressing(entity, receipt));
  const auto append = [&](std::string_view type, std::string_view body) {
    entity.append("\r\n--").append(boundary).append("\r\nContent-Type: ").append(type).append("\r\n");
    entity.append("Content-Transfer-Encoding: 7bit\r\n\r\n").append(body);
  };
  append("text/plain; charset=us-ascii", text);
  append("message/disposition-notification", notification);
  if (!original.empty()) append("text/rfc822-headers", original);
  return entity + "\r\n--" + boundary + "--\r\n";
}

Result<std::string> PgpReceiptEntity(const Receipt& receipt, const std::string& original_content_id) {
  GATEWAY_ASSIGN(const std::string text, TextFor(receipt));
  const std::string& id = original_content_id.empty() ? receipt.original_message_id : original_content_id;
  std::string entity = "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n";
  GATEWAY_TRY(AppendAddressing(entity, receipt));
  AppendDisposition(entity, kReportField, receipt);
  GATEWAY_TRY(AppendNonce(entity, receipt));
  // Something must say what is answered.
  if (!id.empty() || !receipt.set) GATEWAY_TRY(AppendId(entity, kOriginalContentIdField, id, kLongestForeignId));
  if (receipt.set) GATEWAY_TRY(AppendSet(entity, *receipt.set));
  return entity + "\r\n" + text;
}

}  // namespace gateway::mime
