// ReadInnerEntity and ReadSignedEntity read what is inside the encryption.
#include <algorithm>
#include <span>
#include <utility>

#include "base/files.h"
#include "base/utf8.h"
#include "mime/addressing_reader.h"
#include "mime/armored_texts.h"
#include "mime/beside.h"
#include "mime/blank_text.h"
#include "mime/entity_walker.h"
#include "mime/error_codes.h"
#include "mime/gmime_values.h"
#include "mime/header_block.h"
#include "mime/line_ends.h"
#include "mime/mail_reader.h"
#include "mime/receipt_request_reader.h"
#include "mime/trimmings.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kLongestName = 200;   // bytes
constexpr std::size_t kLongestEnding = 16;  // with its dot
constexpr std::size_t kLargestSignature = 65'536;

// Senders of 8-bit names that are not UTF-8 most often mean ISO 8859-1.
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

// Cuts the name between characters. The ending stays, because people and programs know by it what
// the file is.
std::string Shortened(std::string name) {
  if (name.size() <= kLongestName) return name;
  const std::size_t dot = name.rfind('.');
  std::string ending;
  if (dot != std::string::npos && name.size() - dot <= kLongestEnding) ending = name.substr(dot);
  name.resize(ValidUtf8Prefix(std::string_view(name).substr(0, kLongestName - ending.size())));
  return name + ending;
}

// Returns the last component of a declared name, without control characters.
std::string SafeName(std::string name) {
  const std::size_t separator = name.find_last_of("/\\");
  if (separator != std::string::npos) name.erase(0, separator + 1);
  if (!IsUtf8(name)) name = FromLatin1(name);
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 32 || byte == 127) c = '_';
  }
  name = Shortened(std::move(name));
  return name == "." || name == ".." ? std::string() : name;
}

LeafPart Describe(Leaf leaf) {
  // Without a declared type the leaf may be anything, also a DICOM file. So it does not count as
  // RFC 2045's text/plain.
  std::string type = leaf.type.type.empty() ? "application/octet-stream" : std::move(leaf.type.type);
  return {std::move(type), SafeName(std::move(leaf.name)), std::move(leaf.study_id), leaf.study_id_is_of_wrapper};
}

bool IsPgpSigned(const ContentType& type) {
  const std::string protocol = LowerCase(type.Parameter("protocol"));
  return type.type == "multipart/signed" && (protocol.empty() || protocol == "application/pgp-signature");
}

Result<std::string> ReadSignature(int fd, const Leaf& leaf) {
  const auto source = OpenDecoded(fd, leaf.body, leaf.encoding);
  std::string signature(kLargestSignature, '\0');
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, signature));
  if (filled == signature.size()) return Corrupt(codes::kMailDamaged, "a signature part of unlikely size");
  signature.resize(filled);
  return signature;
}

}  // namespace

Result<std::optional<SignedEntity>> ReadSignedEntity(int fd, const ReadLimits& limits) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  return ReadSignedEntity(fd, size, limits);
}

Result<std::optional<SignedEntity>> ReadSignedEntity(int fd, std::uint64_t size, const ReadLimits& limits) {
  if (size > limits.opened_size) return Corrupt(codes::kMailTooLarge);
  GATEWAY_ASSIGN(const HeaderBlock header, HeaderBlock::Read(fd, {0, size}, limits.header_size));
  if (!IsPgpSigned(ParseContentType(header.Value("Content-Type").value_or("")))) return std::optional<SignedEntity>();
  EntityWalker walker(fd, size, limits, EntityWalker::Messages::keep);
  while (true) {
    GATEWAY_ASSIGN(const auto leaf, walker.Next());
    if (!leaf) return Corrupt(codes::kMailDamaged, "multipart/signed without a signature");
    // The signatures of a multipart/signed inside the signed part are deeper.
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

namespace {

// Checks RFC 2045 section 2.7, except the length of the lines.
Result<bool> Is7bit(int fd, ByteRange body) {
  FdSource source(fd, body);
  std::string bytes(32'768, '\0');
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, bytes));
    if (count == 0) return true;
    const auto begin = bytes.begin();
    if (std::any_of(begin, begin + static_cast<std::ptrdiff_t>(count),
                    [](char c) { return static_cast<unsigned char>(c) >= 0x80 || c == '\0'; })) {
      return false;
    }
  }
}

// Software that encrypts a text or a file by itself puts no header before it, but its first lines
// may look like one. From and To count as well, because AddressingReader looks there whether a mail
// was meant for us.
bool IsMimeHeader(const HeaderBlock& header) {
  for (std::size_t i = 0; i < header.count(); ++i) {
    const std::string name = LowerCase(std::string(header.field(i).name));
    if (name.starts_with("content-") || name.starts_with("x-telemedicine-") || name == "mime-version") return true;
    if (name == "from" || name == "to" || name == "cc") return true;
  }
  return header.empty();
}

// Recognizes the blank text or page of a mail whose parts were encrypted one by one. It has no
// header that says its type.
Result<bool> IsBlankFile(int fd, std::uint64_t size, const std::string& name) {
  constexpr std::uint64_t kLargest = 262'144;  // bytes
  const std::string lower = LowerCase(name);
  const bool page = lower.ends_with(".htm") || lower.ends_with(".html");
  if (size > kLargest || (!page && !lower.empty() && !lower.ends_with(".txt"))) return false;
  FdSource source(fd, {0, size});
  std::string content(size, '\0');
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(source, content));
  content.resize(filled);
  return SaysNothing(page || content.find('<') != std::string::npos ? "text/html" : "text/plain", content, "");
}

Result<InnerSummary> ReadFile(int fd, std::uint64_t size, const std::string& name,
                              const std::function<Result<Sink*>(const LeafPart&)>& next) {
  InnerSummary summary;
  summary.parts = 1;
  summary.all_7bit = false;
  GATEWAY_ASSIGN(Sink* const sink, next({"application/octet-stream", SafeName(name), {}, false}));
  if (sink == nullptr) return summary;
  FdSource source(fd, {0, size});
  if (auto copied = Copy(source, *sink); !copied) return copied.error();
  return summary;
}

}  // namespace

Result<InnerSummary> ReadInnerEntity(int fd, std::uint64_t size, const ReadLimits& limits,
                                     const std::function<Result<Sink*>(const LeafPart&)>& next,
                                     const std::string& name) {
  if (size > limits.opened_size) return Corrupt(codes::kMailTooLarge);
  if (size == 0) return Corrupt(codes::kMailDamaged, "empty");
  GATEWAY_ASSIGN(const HeaderBlock first, HeaderBlock::Read(fd, {0, size}, limits.header_size));
  const bool is_file = !IsMimeHeader(first);
  if (is_file || first.empty()) {
    GATEWAY_ASSIGN(const bool blank, IsBlankFile(fd, size, name));
    if (blank) return InnerSummary();
  }
  if (is_file) return ReadFile(fd, size, name, next);
  ReceiptRequestReader receipt_request;
  AddressingReader addressing;
  EntityWalker walker(fd, size, limits, EntityWalker::Messages::open,
                      [&](const HeaderBlock& header, const Leaf& entity) {
                        receipt_request.See(header, entity);
                        addressing.See(header, entity);
                        return true;
                      });
  InnerSummary summary;
  Trimmings trimmings;
  ArmoredTexts passed_over(fd);
  while (true) {
    GATEWAY_ASSIGN(auto leaf, walker.Next());
    if (!leaf) break;
    const bool named = !leaf->name.empty() || (leaf->depth == 0 && !name.empty());
    GATEWAY_ASSIGN(const bool trimming, trimmings.Include(fd, *leaf, named));
    if (trimming) GATEWAY_TRY(passed_over.LookAt(*leaf));
    if (leaf->unsigned_part) {
      if (!trimming) summary.leftover = Corrupt(codes::kPartNotSigned, "beside what is signed");
      continue;
    }
    if (trimming) continue;
    ++summary.parts;
    if (summary.all_7bit && leaf->encoding == TransferEncoding::identity) {
      GATEWAY_ASSIGN(summary.all_7bit, Is7bit(fd, leaf->body));
    }
    if (leaf->depth == 0 && leaf->name.empty()) leaf->name = name;
    const auto source = OpenDecoded(fd, leaf->body, leaf->encoding);
    GATEWAY_ASSIGN(Sink* const sink, next(Describe(std::move(*leaf))));
    if (!sink) continue;
    if (auto copied = Copy(*source, *sink); !copied) return copied.error();
  }
  // A last part without an end may be half of an image.
  if (walker.cut_short()) return Corrupt(codes::kMailDamaged, "a closing boundary line is missing");
  GATEWAY_TRY(passed_over.LookBetween(walker.gaps()));
  GATEWAY_ASSIGN(std::optional<Error> not_opened, passed_over.Leftover());
  if (!summary.leftover) summary.leftover = std::move(not_opened);
  if (!summary.leftover && walker.has_parts_behind()) summary.leftover = PartBehindTheLast();
  summary.set = walker.set();
  summary.set_is_of_wrapper = walker.set_is_of_wrapper();
  summary.receipt = receipt_request.request();
  summary.nonce = receipt_request.nonce();
  summary.addressing = addressing.addressing();
  return summary;
}

}  // namespace gateway::mime
