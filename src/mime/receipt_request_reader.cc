#include "mime/receipt_request_reader.h"

#include <algorithm>

#include "mime/header_values.h"
#include "mime/mail_format.h"

namespace gateway::mime {
namespace {

// Reads "0x1234 ABCD ...". Returns 8 to 40 hex digits in upper case, otherwise an empty text.
std::string KeyIdIn(std::string text) {
  std::erase(text, ' ');
  if (text.starts_with("0x") || text.starts_with("0X")) text.erase(0, 2);
  for (char& c : text) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  const bool hex =
      std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
  return hex && text.size() >= 8 && text.size() <= 40 ? text : std::string();
}

}  // namespace

void ReceiptRequestReader::See(const HeaderBlock& header, const Leaf& entity) {
  if (past_first_part_ || entity.unsigned_part) return;
  const bool wrapper = entity.type.type == "multipart/signed";
  if (!request_.any || request_.of_wrapper) {
    std::string to = OnlyAddress(header, kPgpReceiptToField);
    if (!to.empty()) {
      request_ = {{std::move(to), KeyIdIn(header.Value(kPgpReceiptKeyIdField).value_or("")), {}}, wrapper, true};
    }
  }
  if (!content_id_.any || content_id_.of_wrapper) {
    std::string id = MessageIdOf(header, "Content-ID");
    if (!id.empty()) content_id_ = {std::move(id), wrapper, true};
  }
  // Only software of our kind writes this field, and never where anybody who can read the mail
  // could change it.
  if (nonce_.empty() && !wrapper) nonce_ = NonceOf(header).value_or("");
  past_first_part_ = !entity.type.IsMultipart() && entity.type.type != "message/rfc822";
}

std::optional<PgpReceiptRequest> ReceiptRequestReader::request() const {
  if (!request_.any) return std::nullopt;
  PgpReceiptRequest request = request_.value;
  request.content_id = content_id_.value;
  return request;
}

}  // namespace gateway::mime
