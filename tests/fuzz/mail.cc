// A mail from outside, in every way in which the open worker reads one, and as what was encrypted
// in one.

#include "base/files.h"
#include "fuzz.h"
#include "mime/armor_scan.h"
#include "mime/encrypted_leaf.h"
#include "mime/from_line.h"
#include "mime/joiner.h"
#include "mime/mail_reader.h"
#include "openpgp/message_sequence.h"

namespace gateway::fuzz {
namespace {

constexpr mime::ReadLimits kLimits{1 << 20, 1 << 20, 8, 50, 1 << 16};

class CountingSink : public Sink {
 public:
  Result<void> Write(std::string_view bytes) override {
    written_ += bytes.size();
    return {};
  }
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  std::uint64_t written_ = 0;
};

// However it comes in pieces, the same stands there.
void ReadFromLine(std::string_view mail) {
  mime::FromLine whole;
  PROMISE(whole.Write(mail).ok());
  mime::FromLine pieces;
  for (std::size_t at = 0, piece = 1; at < mail.size(); at += piece, piece = piece * 7 % 101 + 1) {
    PROMISE(pieces.Write(mail.substr(at, piece)).ok());
  }
  PROMISE(whole.address() == pieces.address());
  PROMISE(whole.address().size() <= 4096);
  PROMISE(whole.address().find_first_of("\r\n>") == std::string::npos);
}

// Fingerprints are made in a second pass, which must find the same blocks; and no first line of
// armor is passed over.
void ScanAsText(std::string_view text) {
  StringSource once{std::string(text)};
  StringSource twice{std::string(text)};
  const auto plain = mime::ScanForArmor(once);
  const auto marked = mime::ScanForArmor(twice, mime::Fingerprints::make);
  PROMISE(plain.ok() && marked.ok());
  const auto starts = [](const mime::ArmorScan& scan) {
    std::vector<std::uint64_t> found;
    for (const mime::ArmorBlock& block : scan.blocks) {
      if (block.opens) found.push_back(block.start);
    }
    return found;
  };
  PROMISE(starts(*plain) == starts(*marked));
  PROMISE(plain->blocks.size() <= mime::kMostArmor + 1);
  for (const std::uint64_t start : starts(*plain)) PROMISE(text.substr(start).starts_with(mime::kArmorStart));
  // Without a last line, prose may stand behind it, and another mark may end it in between.
  const std::size_t end = text.find("\n-----END PGP MESSAGE-----");
  if (!text.starts_with(mime::kArmorStart) || end == std::string_view::npos || end < mime::kArmorStart.size()) return;
  const std::string_view between = text.substr(mime::kArmorStart.size(), end - mime::kArmorStart.size());
  const bool is_base64 = std::all_of(between.begin(), between.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=' || c == '\n';
  });
  if (is_base64) PROMISE(!starts(*plain).empty());
}

void ReadAsMail(const UniqueFd& mail, std::size_t size) {
  const auto envelope = mime::ReadEnvelope(mail.get(), kLimits);
  if (!envelope) return;
  PROMISE(envelope->body.offset <= size && envelope->body.length <= size - envelope->body.offset);
  PROMISE(envelope->from.find_first_of("\r\n") == std::string::npos);
  PROMISE(envelope->message_id.find_first_of("\r\n<>") == std::string::npos);
  PROMISE(envelope->partial.has_value() == (envelope->kind == mime::MailKind::partial));
  // A part beyond the total is let through: it says that there are more
  // (ledger/rules/received_set.cc).
  if (envelope->set) PROMISE(envelope->set->part >= 1 && envelope->set->total >= 1);
  std::vector<UniqueFd> copies;
  const auto make_file = [&]() -> Result<int> {
    copies.push_back(FileWith({}));
    return copies.back().get();
  };
  const auto look = mime::LookForEncrypted(mail.get(), size, kLimits, make_file);
  const auto parts = mime::FindMailParts(mail.get(), size, kLimits, make_file);
  if (look && parts) PROMISE(look->encrypted == !parts->encrypted.empty());
  if (parts && parts->leftover) PROMISE(parts->leftover->fault == Fault::corrupt);
  std::size_t looked_into = 0;
  for (std::size_t i = 0; parts && i < parts->encrypted.size() && looked_into < 4 * size; ++i) {
    const mime::EncryptedLeaf& leaf = parts->encrypted[i];
    PROMISE(leaf.copy >= 0 || leaf.body.offset + leaf.body.length <= size);
    auto source = mime::OpenEncryptedLeaf(mail.get(), leaf);
    PROMISE(source.ok());
    openpgp::MessageSequence messages(**source);
    for (auto more = messages.Next(); more && *more; more = messages.Next()) ++looked_into;
    looked_into += size / 8;
  }
  const auto wrapped = mime::FindWrappedMail(mail.get(), size, kLimits);
  if (wrapped && *wrapped) PROMISE((*wrapped)->body.offset + (*wrapped)->body.length <= size);
  auto body = mime::OpenEncryptedBody(mail.get(), kLimits);
  if (body) PROMISE(Drain(**body).size() <= size);
  if (!body) PROMISE(body.error().fault == Fault::corrupt);
}

void ReadAsInnerEntity(const UniqueFd& entity, std::size_t size) {
  CountingSink sink;
  unsigned parts = 0;
  const auto next = [&](const mime::LeafPart& part) -> Result<Sink*> {
    PROMISE(part.name.find('/') == std::string::npos && part.name != "." && part.name != "..");
    return ++parts % 3 == 0 ? nullptr : &sink;
  };
  const auto summary = mime::ReadInnerEntity(entity.get(), kLimits, next);
  PROMISE(parts <= kLimits.parts && sink.written() <= size);
  if (summary) PROMISE(summary->parts == parts);
}

void ReadAsSignedEntity(const UniqueFd& entity, std::size_t size) {
  const auto found = mime::ReadSignedEntity(entity.get(), kLimits);
  if (!found || !*found) return;
  const ByteRange range = (*found)->signed_range;
  PROMISE(range.offset <= size && range.length <= size - range.offset);
  PROMISE(Drain(*mime::OpenRaw(entity.get(), range)).size() == range.length);
  const std::string canonical = Drain(*mime::OpenCanonical(entity.get(), range));
  PROMISE(canonical.size() >= range.length);
  for (std::size_t at = canonical.find('\n'); at != std::string::npos; at = canonical.find('\n', at + 1)) {
    PROMISE(at > 0 && canonical[at - 1] == '\r');
  }
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  ReadFromLine(Text(data, size));
  const gateway::UniqueFd file = FileWith(Text(data, size));
  ScanAsText(Text(data, size));
  ReadAsMail(file, size);
  ReadAsInnerEntity(file, size);
  ReadAsSignedEntity(file, size);
  return 0;
}
