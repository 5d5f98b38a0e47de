#include "inspect/envelope.h"

#include <memory>
#include <vector>

#include "base/ascii.h"
#include "base/files.h"
#include "inspect/entities.h"
#include "inspect/header_checks.h"
#include "inspect/lines.h"
#include "mime/encrypted_leaf.h"
#include "mime/mail_reader.h"

namespace gateway::inspect {
namespace {

constexpr std::size_t kLongestText = 1 << 20;
constexpr std::size_t kMostEntities = 50;

struct Part {
  Entity entity;
  ByteRange body;  // only for a leaf
};

struct Structure {
  std::string text;
  mime::ContentType type;   // of the mail as a whole
  std::vector<Part> parts;  // those directly in the mail
  std::size_t entities = 0;
};

Result<Structure> ReadStructure(int fd, Findings& findings) {
  Structure found;
  Section& section = findings.structure.Open("structure");
  Visitor visitor;
  visitor.enter = [&](const mime::HeaderBlock& header, const Entity& entity) {
    if (found.text.size() < kLongestText) found.text.append(header.raw_fields());
    if (entity.depth == 0) found.type = entity.type;
    if (entity.depth == 1) found.parts.push_back({entity, {}});
    if (entity.depth > 0) CheckParameters(header, findings, {});
    if (++found.entities > kMostEntities) return;
    section.Add(std::string(2UL * entity.depth, ' ') + (entity.type.type.empty() ? "(no type)" : entity.type.type),
                entity.encoding.empty() ? "(no encoding)" : entity.encoding);
  };
  visitor.take = [&](const Entity& entity, const mime::Leaf& leaf) -> Result<void> {
    if (entity.depth == 1 && !found.parts.empty()) found.parts.back().body = leaf.body;
    return {};
  };
  GATEWAY_TRY(WalkEntities(fd, mime::EntityWalker::Messages::keep, visitor, findings));
  return found;
}

Result<void> CheckVersion(int fd, ByteRange body, Findings& findings) {
  std::string text(std::min<std::uint64_t>(body.length, 1024), '\0');
  FdSource source(fd, body);
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, text));
  text.resize(count);
  const std::size_t field = LowerCase(text).find("version:");
  const bool good = field != std::string::npos && (field == 0 || text[field - 1] == '\n') &&
                    mime::Trim(std::string_view(text).substr(field + 8)).starts_with("1");
  if (!good) findings.Add(rules::kVersion);
  return {};
}

// Checks the structure by RFC 3156 section 4.
Result<void> CheckPgpMime(int fd, const Structure& structure, Findings& findings) {
  if (structure.type.type != "multipart/encrypted") {
    findings.Add(rules::kNotPgpMime, structure.type.type);
    return {};
  }
  if (LowerCase(structure.type.Parameter("protocol")) != "application/pgp-encrypted") {
    findings.Add(rules::kProtocol);
  }
  if (structure.parts.size() != 2) {
    findings.Add(rules::kTwoParts, std::to_string(structure.parts.size()) + " parts");
    return {};
  }
  const Part& first = structure.parts[0];
  const Part& second = structure.parts[1];
  if (first.entity.type.type != "application/pgp-encrypted") findings.Add(rules::kFirstPart);
  GATEWAY_TRY(CheckVersion(fd, first.body, findings));
  if (second.entity.type.type != "application/octet-stream") findings.Add(rules::kSecondPart);
  const std::string& encoding = second.entity.encoding;
  if (!encoding.empty() && encoding != "7bit") findings.Add(rules::kSealedEncoding, encoding);
  return {};
}

// Recognises S/MIME by RFC 8551 section 3.
bool IsSmime(const mime::ContentType& type) {
  return type.type == "application/pkcs7-mime" || type.type == "application/x-pkcs7-mime" ||
         LowerCase(type.Parameter("protocol")).find("pkcs7") != std::string::npos;
}

Result<void> CheckAllParts(int fd, Findings& findings) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  const Result<mime::MailParts> parts = mime::FindMailParts(fd, size, {});
  if (!parts && parts.error().fault != Fault::corrupt) return parts.error();
  if (!parts) return {};  // the walk has said why
  if (parts->encrypted.size() > 1) {
    findings.Add(rules::kSeveralEncrypted, std::to_string(parts->encrypted.size()) + " parts");
  }
  if (parts->leftover) findings.Add(rules::kNotOpenedPart, parts->leftover->code + " " + parts->leftover->detail);
  return {};
}

Result<bool> IsArmored(int fd) {
  GATEWAY_ASSIGN(const std::unique_ptr<Source> body, mime::OpenEncryptedBody(fd, {}));
  std::string beginning(4096, '\0');
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(*body, beginning));
  return std::string_view(beginning).substr(0, count).find("-----BEGIN PGP MESSAGE") != std::string_view::npos;
}

Result<void> CheckLines(int fd, Findings& findings) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  FdSource source(fd, {0, size});
  GATEWAY_ASSIGN(const Lines lines, CountLines(source));
  if (lines.longest > kLongestLine) findings.Add(rules::kLineTooLong, std::to_string(lines.longest));
  if (lines.has_nul) findings.Add(rules::kNul);
  if (lines.has_8bit) findings.Add(rules::k8Bit);
  const bool mixed = lines.bare_cr > 0 || (lines.bare_lf > 0 && lines.crlf > 0);
  if (mixed) {
    findings.Add(rules::kMixedLineEnds, std::to_string(lines.crlf) + " CRLF, " + std::to_string(lines.bare_lf) +
                                            " LF, " + std::to_string(lines.bare_cr) + " CR");
  } else if (lines.bare_lf > 0) {
    findings.Add(rules::kBareLf);
  }
  return {};
}

}  // namespace

Result<Outside> InspectEnvelope(int fd, Findings& findings) {
  GATEWAY_TRY(CheckLines(fd, findings));
  GATEWAY_ASSIGN(Structure structure, ReadStructure(fd, findings));
  Outside outside;
  outside.is_smime = IsSmime(structure.type);
  outside.text = std::move(structure.text);
  const Result<mime::Envelope> envelope = mime::ReadEnvelope(fd, {});
  if (!envelope) {
    if (envelope.error().fault != Fault::corrupt) return envelope.error();
    // Otherwise the walk has said why.
    if (findings.clean()) findings.Add(rules::kMimeDamaged, envelope.error().code);
    outside.content = Content::unreadable;
    return outside;
  }
  if (envelope->kind == mime::MailKind::report) outside.content = Content::report;
  if (envelope->kind != mime::MailKind::encrypted) return outside;
  outside.content = Content::encrypted;
  GATEWAY_TRY(CheckPgpMime(fd, structure, findings));
  GATEWAY_TRY(CheckAllParts(fd, findings));
  const Result<bool> armored = IsArmored(fd);
  if (armored && !*armored) findings.Add(rules::kNotArmored);
  return outside;
}

}  // namespace gateway::inspect
