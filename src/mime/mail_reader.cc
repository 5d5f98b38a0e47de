#include "mime/mail_reader.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "base/files.h"
#include "mime/encrypted_leaf.h"
#include "mime/entity_walker.h"
#include "mime/error_codes.h"
#include "mime/gmime_values.h"
#include "mime/header_block.h"
#include "mime/header_values.h"
#include "mime/mail_origin.h"
#include "mime/report.h"

namespace gateway::mime {
namespace {

constexpr unsigned kMostFragments = 1'000'000;
constexpr std::size_t kLongestPartialId = 998;

Result<std::uint64_t> MailSize(int fd, const ReadLimits& limits) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  if (size > limits.message_size) return Corrupt(codes::kMailTooLarge);
  return size;
}

std::optional<unsigned> ParseCount(const std::string& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number < 1 || number > kMostFragments) return std::nullopt;
  return number;
}

Result<Partial> ParsePartial(const ContentType& type) {
  const auto damaged = [] {
    return Corrupt(codes::kMailDamaged, "a message/partial without a usable id, number or total");
  };
  Partial partial;
  partial.id = type.Parameter("id");
  const auto number = ParseCount(type.Parameter("number"));
  const bool controls =
      std::any_of(partial.id.begin(), partial.id.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (partial.id.empty() || partial.id.size() > kLongestPartialId || controls || !number) return damaged();
  partial.number = *number;
  if (type.parameters.contains("total")) {
    const auto total = ParseCount(type.Parameter("total"));
    if (!total || *total < *number) return damaged();
    partial.total = *total;
  }
  return partial;
}

bool IsPgpEncrypted(const ContentType& type) {
  const std::string protocol = LowerCase(type.Parameter("protocol"));
  return type.type == "multipart/encrypted" && (protocol.empty() || protocol.find("pgp") != std::string::npos);
}

Result<MailKind> KindOf(int fd, std::uint64_t size, const ContentType& type, const ReadLimits& limits, bool& tnef) {
  if (IsPgpEncrypted(type)) return MailKind::encrypted;
  if (type.type == "message/partial") return MailKind::partial;
  if (type.type == "multipart/report") return MailKind::report;
  // This comes before the search for armor, because bounces return what they could not deliver.
  GATEWAY_ASSIGN(const auto report, ReadReport(fd, limits));
  if (report && report->kind != ReportKind::pgp) return MailKind::report;
  GATEWAY_ASSIGN(const FirstLook look, LookForEncrypted(fd, size, limits));
  tnef = look.tnef;
  return look.encrypted ? MailKind::encrypted : MailKind::plain;
}

}  // namespace

void PrepareReader() {
  PrepareGMime();
}

Result<Envelope> ReadEnvelope(int fd, const ReadLimits& limits) {
  GATEWAY_ASSIGN(const std::uint64_t size, MailSize(fd, limits));
  GATEWAY_ASSIGN(const HeaderBlock header, HeaderBlock::Read(fd, {0, size}, limits.header_size));
  if (header.empty()) return Corrupt(codes::kMailDamaged, "no header");

  Envelope envelope;
  envelope.from = OnlyAddress(header, "From");
  envelope.message_id = MessageIdOf(header);
  envelope.receipt_to = OnlyAddress(header, "Disposition-Notification-To");
  envelope.set = ParseSet(header);
  envelope.body = {header.size(), size - header.size()};

  ContentType type;
  if (const auto value = header.Value("Content-Type")) type = ParseContentType(*value);
  GATEWAY_ASSIGN(envelope.kind, KindOf(fd, size, type, limits, envelope.tnef));
  if (envelope.kind == MailKind::plain) envelope.origin = OriginOf(fd, header, limits);
  if (envelope.kind == MailKind::partial) {
    GATEWAY_ASSIGN(envelope.partial, ParsePartial(type));
  }
  return envelope;
}

Result<EncryptedLeaf> FindEncryptedLeaf(int fd, const ReadLimits& limits) {
  GATEWAY_ASSIGN(const std::uint64_t size, MailSize(fd, limits));
  GATEWAY_ASSIGN(MailParts parts, FindMailParts(fd, size, limits));
  if (parts.encrypted.empty()) return Corrupt(codes::kMailDamaged, "no encrypted part");
  return std::move(parts.encrypted.front());
}

Result<std::unique_ptr<Source>> OpenEncryptedBody(int fd, const ReadLimits& limits) {
  GATEWAY_ASSIGN(const EncryptedLeaf leaf, FindEncryptedLeaf(fd, limits));
  return OpenEncryptedLeaf(fd, leaf);
}

}  // namespace gateway::mime
