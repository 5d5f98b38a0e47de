// ReadInnerEntity and ReadSignedEntity: what stands inside the encryption.
#include <span>
#include <utility>

#include "base/files.h"
#include "mime/addressing_reader.h"
#include "mime/entity_walker.h"
#include "mime/gmime_values.h"
#include "mime/header_block.h"
#include "mime/line_ends.h"
#include "mime/mail_reader.h"
#include "mime/receipt_request_reader.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kLongestName = 200;  // bytes
constexpr std::size_t kLargestSignature = 65'536;

// What senders of 8-bit names that are not UTF-8 most often mean: ISO 8859-1.
std::string FromLatin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else if (byte < 0xA0) {
      text += '_';  // a control character
    } else {
      text += static_cast<char>(byte >> 6 | 0xC0);
      text += static_cast<char>((byte & 0x3F) | 0x80);
    }
  }
  return text;
}

// The last component of a declared name, without control characters, cut between characters.
std::string SafeName(std::string name) {
  const std::size_t separator = name.find_last_of("/\\");
  if (separator != std::string::npos) name.erase(0, separator + 1);
  if (!IsUtf8(name)) name = FromLatin1(name);
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 32 || byte == 127) c = '_';
  }
  if (name.size() > kLongestName) {
    std::size_t end = kLongestName;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
    name.resize(end);
  }
  return name == "." || name == ".." ? std::string() : name;
}

LeafPart Describe(Leaf leaf) {
  // Without a declared type it may be anything, also a DICOM file: not RFC 2045's text/plain.
  std::string type = leaf.type.type.empty() ? "application/octet-stream" : std::move(leaf.type.type);
  return {std::move(type), SafeName(std::move(leaf.name)), std::move(leaf.study_id)};
}

bool IsPgpSigned(const ContentType& type) {
  const std::string protocol = LowerCase(type.Parameter("protocol"));
  return type.type == "multipart/signed" && (protocol.empty() || protocol == "application/pgp-signature");
}

Result<std::string> ReadSignature(int fd, const Leaf& leaf) {
  const auto source = OpenDecoded(fd, leaf.body, leaf.encoding);
  std::string signature(kLargestSignature, '\0');
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, signature));
  if (filled == signature.size()) return Corrupt("mail-damaged", "a signature part of unlikely size");
  signature.resize(filled);
  return signature;
}

}  // namespace

Result<std::optional<SignedEntity>> ReadSignedEntity(int fd, const ReadLimits& limits) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  return ReadSignedEntity(fd, size, limits);
}

Result<std::optional<SignedEntity>> ReadSignedEntity(int fd, std::uint64_t size, const ReadLimits& limits) {
  if (size > limits.opened_size) return Corrupt("mail-too-large");
  GATEWAY_ASSIGN(const HeaderBlock header, HeaderBlock::Read(fd, {0, size}, limits.header_size));
  if (!IsPgpSigned(ParseContentType(header.Value("Content-Type").value_or("")))) return std::optional<SignedEntity>();
  EntityWalker walker(fd, size, limits, EntityWalker::Messages::keep);
  while (true) {
    GATEWAY_ASSIGN(const auto leaf, walker.Next());
    if (!leaf) return Corrupt("mail-damaged", "multipart/signed without a signature");
    // Signatures of a multipart/signed within the signed part stand deeper.
    if (!leaf->unsigned_part || leaf->depth != 1) continue;
    GATEWAY_ASSIGN(std::string signature, ReadSignature(fd, *leaf));
    return std::optional<SignedEntity>({walker.first_part(), std::move(signature)});
  }
}

std::unique_ptr<Source> OpenCanonical(int fd, ByteRange range) {
  return std::make_unique<CrlfSource>(std::make_unique<FdSource>(fd, range));
}

std::unique_ptr<Source> OpenRaw(int fd, ByteRange range) {
  return std::make_unique<FdSource>(fd, range);
}

Result<InnerSummary> ReadInnerEntity(int fd, const ReadLimits& limits,
                                     const std::function<Result<Sink*>(const LeafPart&)>& next) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  return ReadInnerEntity(fd, size, limits, next);
}

Result<InnerSummary> ReadInnerEntity(int fd, std::uint64_t size, const ReadLimits& limits,
                                     const std::function<Result<Sink*>(const LeafPart&)>& next) {
  if (size > limits.opened_size) return Corrupt("mail-too-large");
  if (size == 0) return Corrupt("mail-damaged", "empty");
  ReceiptRequestReader receipt_request;
  AddressingReader addressing;
  EntityWalker walker(fd, size, limits, EntityWalker::Messages::open,
                      [&](const HeaderBlock& header, const Leaf& entity) {
                        receipt_request.See(header, entity);
                        addressing.See(header, entity);
                        return true;
                      });
  InnerSummary summary;
  while (true) {
    GATEWAY_ASSIGN(auto leaf, walker.Next());
    if (!leaf) break;
    if (leaf->unsigned_part) continue;
    ++summary.parts;
    const auto source = OpenDecoded(fd, leaf->body, leaf->encoding);
    GATEWAY_ASSIGN(Sink* const sink, next(Describe(std::move(*leaf))));
    if (!sink) continue;
    if (auto copied = Copy(*source, *sink); !copied) return copied.error();
  }
  // A last part without an end may be half of an image.
  if (walker.cut_short()) return Corrupt("mail-damaged", "a closing boundary line is missing");
  summary.set = walker.set();
  summary.receipt = receipt_request.request();
  summary.addressing = addressing.addressing();
  return summary;
}

}  // namespace gateway::mime
