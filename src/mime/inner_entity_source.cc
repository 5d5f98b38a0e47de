#include "mime/inner_entity_source.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/base64.h"
#include "mime/error_codes.h"
#include "mime/header_writer.h"
#include "mime/mail_format.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kColumns = 76;  // RFC 2045 section 6.8
constexpr std::size_t kRawLine = 57;  // bytes that make a line
constexpr std::size_t kRawChunk = kRawLine * 1024;
constexpr std::size_t kLongestName = 255;  // of a file

Result<std::string> PartHeader(const InnerEntity& entity, const PartFile& part) {
  if (!IsMediaType(part.content_type)) return Permanent(codes::kHeaderNotWritable, "Content-Type");
  std::string header = "Content-Type: " + part.content_type;
  GATEWAY_TRY(AppendParameter(header, "name", part.name, kLongestName));
  header += "\r\nContent-Disposition: attachment";
  GATEWAY_TRY(AppendParameter(header, "filename", part.name, kLongestName));
  header += "\r\nContent-Transfer-Encoding: ";
  header += entity.encoding == InnerEncoding::base64 ? "base64\r\n" : "binary\r\n";
  if (!entity.study_id.empty() && part.content_type != "application/dicom") {
    GATEWAY_TRY(AppendTag(header, kStudyIdField, entity.study_id));
  }
  return header + "\r\n";
}

// Appends Content-ID, the secret of the message, and the request for a receipt inside the
// encryption.
Result<void> AppendReceiptRequest(const InnerEntity& entity, std::string& header) {
  if (!entity.content_id.empty()) GATEWAY_TRY(AppendId(header, "Content-ID", entity.content_id));
  if (!entity.nonce.empty()) GATEWAY_TRY(AppendTag(header, kNonceField, entity.nonce));
  if (entity.pgp_receipt_to.empty()) return {};
  GATEWAY_TRY(AppendAddress(header, kPgpReceiptToField, entity.pgp_receipt_to));
  if (entity.pgp_receipt_key_id.empty()) return {};
  return AppendTag(header, kPgpReceiptKeyIdField, entity.pgp_receipt_key_id);
}

}  // namespace

Result<std::unique_ptr<InnerEntitySource>> InnerEntitySource::Create(const InnerEntity& entity) {
  std::unique_ptr<InnerEntitySource> source(new InnerEntitySource(entity.encoding, entity.parts));
  const std::string boundary = NewBoundary();
  source->pending_ = "Content-Type: multipart/mixed;\r\n boundary=\"" + boundary + "\"\r\n";
  if (!entity.from.empty()) GATEWAY_TRY(AppendAddress(source->pending_, "From", entity.from));
  if (!entity.to.empty()) GATEWAY_TRY(AppendAddress(source->pending_, "To", entity.to));
  GATEWAY_TRY(AppendSet(source->pending_, entity.set));
  GATEWAY_TRY(AppendReceiptRequest(entity, source->pending_));
  for (const PartFile& part : entity.parts) {
    GATEWAY_ASSIGN(const std::string header, PartHeader(entity, part));
    source->headers_.push_back(std::string("\r\n--").append(boundary).append("\r\n").append(header));
  }
  if (entity.parts.empty()) return Permanent(codes::kHeaderNotWritable, "an inner entity without parts");
  source->closing_ = "\r\n--" + boundary + "--\r\n";
  return source;
}

Result<std::size_t> InnerEntitySource::Read(std::span<char> buffer) {
  if (position_ == pending_.size()) {
    pending_.clear();
    position_ = 0;
    GATEWAY_TRY(Produce());
  }
  const std::size_t count = std::min(buffer.size(), pending_.size() - position_);
  std::memcpy(buffer.data(), pending_.data() + position_, count);
  position_ += count;
  return count;
}

Result<void> InnerEntitySource::Produce() {
  if (file_) {
    GATEWAY_TRY(ProduceFromFile());
    if (!pending_.empty()) return {};
  }
  if (next_part_ < parts_.size()) {
    GATEWAY_ASSIGN(file_, FileSource::Open(parts_[next_part_].file));
    pending_ = headers_[next_part_++];
  } else {
    pending_ = std::exchange(closing_, {});
  }
  return {};
}

// A piece is a whole number of lines of base64, so that pieces can follow one another without a
// shorter line in between.
Result<void> InnerEntitySource::ProduceFromFile() {
  raw_.resize(kRawChunk);
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*file_, raw_));
  raw_.resize(filled);
  if (filled == 0) {
    file_.reset();
  } else if (encoding_ == InnerEncoding::binary) {
    pending_ = raw_;
  } else {
    AppendBase64Lines(raw_, kColumns, pending_);
  }
  return {};
}

Result<std::unique_ptr<Source>> OpenInnerEntity(const InnerEntity& entity) {
  GATEWAY_ASSIGN(auto source, InnerEntitySource::Create(entity));
  return std::unique_ptr<Source>(std::move(source));
}

}  // namespace gateway::mime
