#include "opener/opening.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/files.h"
#include "dicom/coding/decoded_digest.h"
#include "dicom/coding/instance_coder.h"
#include "dicom/digest_maker.h"
#include "dicom/document_object.h"
#include "dicom/edit/differences.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"
#include "dicom/part10_header.h"
#include "dicom/wholeness.h"
#include "mime/error_codes.h"
#include "mime/joiner.h"
#include "opener/error_codes.h"
#include "opener/recipe_runner.h"
#include "security/signed_content.h"

namespace gateway::opener {
namespace {

using nlohmann::json;

constexpr std::size_t kMostRecipients = 100;
constexpr std::size_t kMostSignatures = 100;
constexpr std::size_t kMostMessages = 1000;  // messages in one mail

// A packet has room for so many. More than one or two recipients and signers interest only people.
void Shorten(security::Protection& opened) {
  if (opened.recipients.size() > kMostRecipients) opened.recipients.resize(kMostRecipients);
  if (opened.signatures.size() > kMostSignatures) opened.signatures.resize(kMostSignatures);
}

}  // namespace

void Opening::AddInput(std::vector<UniqueFd> descriptors) {
  for (UniqueFd& fd : descriptors) input_.push_back(std::move(fd));
}

// Takes wrappers off until a mail appears that somebody here can use. The number of wrappers is
// bounded, because a stranger may nest mails without end.
Result<mime::Envelope> Opening::ReadEnvelope() {
  GATEWAY_TRY(JoinInput());
  GATEWAY_ASSIGN(const mime::Envelope outermost, UnwrapLoneFragments());
  const int outermost_mail = mail_;
  mime::Envelope envelope = outermost;
  for (unsigned depth = 0; depth < limits_.depth; ++depth) {
    if (envelope.kind == mime::MailKind::partial || envelope.kind == mime::MailKind::report) return envelope;
    GATEWAY_ASSIGN(const std::uint64_t size, FileSize(mail_));
    GATEWAY_ASSIGN(const auto wrapped, mime::FindWrappedMail(mail_, size, limits_));
    if (!wrapped) {
      if (envelope.kind != mime::MailKind::plain) return envelope;
      GATEWAY_ASSIGN(const bool encloses, EnclosesEncrypted(size));
      if (encloses) {
        envelope.kind = mime::MailKind::encrypted;
        return envelope;
      }
      // Nobody here would open a letter in a letter, so the outer mail counts.
      mail_ = outermost_mail;
      return outermost;
    }
    GATEWAY_TRY(Unwrap(*wrapped));
    GATEWAY_ASSIGN(envelope, UnwrapLoneFragments());
    envelope.wrapped = true;
    envelope.wrapper_from = outermost.from;
    envelope.tnef = envelope.tnef || outermost.tnef;
  }
  return Corrupt(codes::kMimeTooDeep, "mails in mails");
}

Result<bool> Opening::EnclosesEncrypted(std::uint64_t size) {
  GATEWAY_ASSIGN(const bool has_mails, mime::HasMailsToCopy(mail_, size, limits_));
  if (!has_mails) return false;
  GATEWAY_ASSIGN(const mime::FirstLook look, mime::LookForEncrypted(mail_, size, limits_, FilesForEnclosed()));
  return look.encrypted;
}

// A damaged encrypted part does not cost the others: its error becomes the leftover. A failure of
// our own side ends everything, because it says nothing about the mail, which is then tried again.
Result<OpenEnd> Opening::Open() {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(mail_));
  GATEWAY_ASSIGN(mime::MailParts found, mime::FindMailParts(mail_, size, limits_, FilesForEnclosed()));
  OpenEnd end{std::move(found.leftover)};
  for (const mime::EncryptedLeaf& leaf : found.encrypted) {
    const Result<void> opened = OpenLeaf(leaf);
    if (opened) continue;
    if (opened.error().fault != Fault::corrupt) return opened.error();
    if (!end.leftover) end.leftover = opened.error();
  }
  if (messages_ == 0) return Corrupt(codes::kMailDamaged, "no encrypted part");
  // The only message could not be read, so its error is the mail's.
  if (messages_ == 1 && first_failure_) return *first_failure_;
  return end;
}

Result<ReportReply> Opening::ReadReport() {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(mail_));
  return ReadSigned(mail_, size);
}

Result<InstanceHeader> Opening::ReadHeader() {
  if (input_.size() != 1) return Corrupt(codes::kNotDicom, "no input");
  return dicom::ReadHeaderWithoutHash(input_.front().get(), default_set_, query_);
}

Result<DigestText> Opening::Digest(bool decoded) {
  GATEWAY_ASSIGN(const InstanceHeader header, ReadHeader());
  const int file = input_.front().get();
  GATEWAY_ASSIGN(std::string text, decoded ? dicom::MakeDecodedDigest(file, header, default_set_)
                                           : dicom::MakeDigest(file, header, default_set_));
  return DigestText{std::move(text)};
}

Result<Transformed> Opening::Transform(const Recipe& recipe, const TransformRequest& request) {
  constexpr std::size_t kPairsAPacket = 100;
  if (input_.size() != 1) return Corrupt(codes::kNotDicom, "no input");
  GATEWAY_ASSIGN(const NumberedFile copy, NewFile());
  const auto scratch = [this]() -> Result<UniqueFd> {
    GATEWAY_ASSIGN(NumberedFile file, NewFile());
    return std::move(file.fd);
  };
  const dicom::EditRecord record{request.date_time, recipe.system, request.source, default_set_};
  GATEWAY_ASSIGN(RecipeResult result, RunRecipe(input_.front().get(), recipe, record, scratch, copy.fd.get()));
  ReplacedReply some;
  for (const ReplacedIdentifier& pair : result.replaced) {
    some.pairs.push_back(pair);
    if (some.pairs.size() < kPairsAPacket) continue;
    GATEWAY_TRY(SendPacket(socket_, ToJson(std::exchange(some, {}))));
  }
  if (!some.pairs.empty()) GATEWAY_TRY(SendPacket(socket_, ToJson(some)));
  return Transformed{copy.number, std::move(result.header)};
}

Result<DifferenceReply> Opening::Compare() {
  constexpr std::size_t kDifferencesAPacket = 100;
  if (input_.size() != 2) return Corrupt(codes::kNotDicom, "no input");
  const auto scratch = [this]() -> Result<UniqueFd> {
    GATEWAY_ASSIGN(NumberedFile file, NewFile());
    return std::move(file.fd);
  };
  const auto open = [&](const UniqueFd& file) -> Result<dicom::EditedFile> {
    GATEWAY_ASSIGN(const InstanceHeader header, dicom::ReadHeaderWithoutHash(file.get(), default_set_));
    return dicom::EditedFile::Open(file.get(), header, scratch);
  };
  GATEWAY_ASSIGN(const dicom::EditedFile original, open(input_.front()));
  GATEWAY_ASSIGN(const dicom::EditedFile copy, open(input_.back()));
  GATEWAY_ASSIGN(std::vector<AttributeDifference> all, dicom::Differences(original, copy, default_set_));
  DifferenceReply some;
  for (AttributeDifference& difference : all) {
    if (some.differences.size() == kDifferencesAPacket)
      GATEWAY_TRY(SendPacket(socket_, ToJson(std::exchange(some, {}))));
    some.differences.push_back(std::move(difference));
  }
  some.last = true;
  return some;
}

Result<CodingReply> Opening::Code(Coding coding) {
  GATEWAY_ASSIGN(const InstanceHeader header, ReadHeader());
  GATEWAY_ASSIGN(const NumberedFile copy, NewFile());
  GATEWAY_ASSIGN(dicom::CodingOutcome outcome,
                 dicom::CodeInstance(input_.front().get(), header, copy.fd.get(), coding));
  CodingReply reply;
  reply.why = std::move(outcome.why);
  reply.differs = outcome.differs;
  if (!outcome.header) return reply;
  GATEWAY_ASSIGN(reply.header, dicom::ReadHeader(copy.fd.get(), default_set_));
  reply.file = copy.number;
  return reply;
}

Result<Converted> Opening::Convert(const ConvertRequest& request) {
  if (input_.size() != 2) return Corrupt(codes::kDocumentDamaged, "no input");
  const int document = input_[0].get();
  const int reference = input_[1].get();
  GATEWAY_ASSIGN(const std::optional<dicom::DocumentKind> kind, dicom::RecogniseDocument(document, request.media_type));
  if (!kind) {
    GATEWAY_ASSIGN(std::string why, dicom::WhyNoKind(document, request.media_type));
    return Corrupt(codes::kDocumentNotConvertible, std::move(why));
  }
  GATEWAY_ASSIGN(const InstanceHeader study, dicom::ReadHeaderWithoutHash(reference, default_set_));
  const dicom::DocumentIdentity identity =
      dicom::IdentifyDocument(request.partner, study.study_instance_uid, request.sha256, request.title);
  GATEWAY_ASSIGN(const NumberedFile object, NewFile());
  GATEWAY_ASSIGN(InstanceHeader header,
                 dicom::WriteDocumentObject(document, *kind, reference, identity, object.fd.get(), default_set_));
  GATEWAY_TRY(dicom::ReadAskedOf(object.fd.get(), query_, default_set_, header));
  return Converted{object.number, std::move(header)};
}

Result<void> Opening::JoinInput() {
  if (input_.empty()) return Corrupt(codes::kMailDamaged, "no input");
  mail_ = input_.front().get();
  if (input_.size() > 1) {
    std::vector<int> fragments;
    for (const UniqueFd& fd : input_) fragments.push_back(fd.get());
    GATEWAY_TRY(Join(fragments));
  }
  return {};
}

Result<mime::Envelope> Opening::UnwrapLoneFragments() {
  for (unsigned depth = 0; depth < limits_.depth; ++depth) {
    GATEWAY_ASSIGN(mime::Envelope envelope, mime::ReadEnvelope(mail_, limits_));
    const bool alone = envelope.partial && envelope.partial->number == 1 && envelope.partial->total == 1;
    if (!alone) return envelope;
    GATEWAY_TRY(Join({mail_}));
  }
  return Corrupt(codes::kMimeTooDeep, "fragments in fragments");
}

Result<void> Opening::Join(const std::vector<int>& fragments) {
  GATEWAY_ASSIGN(NumberedFile joined, NewFile());
  FdSink sink(joined.fd.get());
  GATEWAY_TRY(mime::JoinFragments(fragments, limits_, sink));
  GATEWAY_TRY(sink.Flush());
  mail_ = joined.fd.get();
  made_.push_back(std::move(joined));
  return {};
}

Result<void> Opening::Unwrap(const mime::WrappedMail& wrapped) {
  GATEWAY_ASSIGN(NumberedFile mail, NewFile());
  FdSink sink(mail.fd.get());
  const auto source = mime::OpenDecoded(mail_, wrapped.body, wrapped.encoding);
  GATEWAY_TRY(Copy(*source, sink));
  GATEWAY_TRY(sink.Flush());
  mail_ = mail.fd.get();
  made_.push_back(std::move(mail));
  return {};
}

Result<void> Opening::OpenLeaf(const mime::EncryptedLeaf& leaf) {
  GATEWAY_ASSIGN(const std::unique_ptr<Source> source, mime::OpenEncryptedLeaf(mail_, leaf));
  const std::unique_ptr<security::SealedMessages> messages = openers_.Of(leaf.security).MessagesIn(*source);
  while (true) {
    GATEWAY_ASSIGN(const bool more, messages->Next());
    if (!more) return {};
    if (messages_ >= kMostMessages) return Corrupt(codes::kTooManyParts, "more than 1000 of them are encrypted");
    GATEWAY_TRY(OpenMessage(leaf, *messages));
  }
}

// Nothing of a message is sent before all of it is unpacked. So a message that is damaged at its
// end leaves no parts behind that the daemon would use.
Result<void> Opening::OpenMessage(const mime::EncryptedLeaf& leaf, security::SealedMessages& sealed) {
  MessageReply reply;
  reply.from = leaf.from;
  reply.message_id = leaf.message_id;
  reply.receipt_to = leaf.receipt_to;
  reply.outer_set = leaf.set;
  std::vector<Part> parts;
  PlainText plain(memory_, [this]() -> Result<UniqueFd> {
    GATEWAY_ASSIGN(NumberedFile file, NewFile());
    return std::move(file.fd);
  });
  const auto open = [&]() -> Result<void> {
    GATEWAY_ASSIGN(reply.opened, Decrypt(sealed, plain));
    GATEWAY_ASSIGN(ReportReply inner, ReadSigned(plain.fd(), plain.size()));
    reply.opened.signatures.insert(reply.opened.signatures.end(), inner.signatures.begin(), inner.signatures.end());
    Shorten(reply.opened);
    reply.report = std::move(inner.report);
    return reply.report ? Result<void>() : Unpack(plain, leaf.name, reply, parts);
  };
  ++messages_;
  if (const Result<void> opened = open(); !opened) {
    if (opened.error().fault != Fault::corrupt) return opened.error();
    if (!first_failure_) first_failure_ = opened.error();
    reply = {};
    reply.from = leaf.from;
    reply.error = opened.error();
    parts.clear();
  }
  return SendReply(std::move(reply), parts);
}

Result<void> Opening::SendReply(MessageReply reply, const std::vector<Part>& parts) {
  const Result<void> sent = SendPacket(socket_, ToJson(reply));
  if (!sent && Is(sent.error(), codes::kPacketTooLarge)) {
    return Corrupt(codes::kMailDamaged, "its fields are larger than any that makes sense");
  }
  GATEWAY_TRY(sent);
  for (const Part& part : parts) GATEWAY_TRY(SendPart(part));
  return {};
}

Result<security::Protection> Opening::Decrypt(security::SealedMessages& sealed, PlainText& plain) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(mail_));
  // All messages of a mail together may become no larger than one message alone.
  const std::uint64_t limit = limits_.OpenedSizeOf(size);
  const std::uint64_t left = limit - std::min(limit, opened_bytes_);
  GATEWAY_ASSIGN(security::Protection opened, sealed.Open(plain, left));
  GATEWAY_TRY(plain.Flush());
  opened_bytes_ += plain.size();
  return opened;
}

Result<ReportReply> Opening::ReadSigned(int fd, std::uint64_t size) {
  ReportReply found;
  GATEWAY_ASSIGN(found.report, mime::ReadReport(fd, size, limits_));
  GATEWAY_ASSIGN(std::optional<security::SignedContent> content,
                 security::ReadSignedContent(fd, size, limits_, openers_));
  if (!content) return found;
  found.signatures = std::move(content->signatures);
  if (found.signatures.size() > kMostSignatures) found.signatures.resize(kMostSignatures);
  if (!found.report) return found;
  // The signature covers only this part, so nothing else of the mail may be read as the report.
  GATEWAY_ASSIGN(const NumberedFile covered, NewFile());
  FdSource source(fd, content->range);
  FdSink sink(covered.fd.get());
  GATEWAY_TRY(Copy(source, sink));
  GATEWAY_TRY(sink.Flush());
  GATEWAY_ASSIGN(found.report, mime::ReadReport(covered.fd.get(), limits_));
  return found;
}

// Each part gets a file of the daemon as soon as it begins, because nobody knows its size before
// its end.
Result<void> Opening::Unpack(const PlainText& plain, const std::string& name, MessageReply& reply,
                             std::vector<Part>& parts) {
  std::optional<FdSink> sink;
  const auto next = [&](const mime::LeafPart& leaf) -> Result<Sink*> {
    if (sink) GATEWAY_TRY(sink->Flush());
    if (++parts_ > limits_.parts) return Corrupt(codes::kTooManyParts);
    GATEWAY_ASSIGN(NumberedFile file, NewFile());
    sink.emplace(file.fd.get());
    parts.push_back({leaf, std::move(file)});
    return &*sink;
  };
  GATEWAY_ASSIGN(mime::InnerSummary summary, mime::ReadInnerEntity(plain.fd(), plain.size(), limits_, next, name));
  if (sink) GATEWAY_TRY(sink->Flush());
  reply.set = std::move(summary.set);
  reply.set_is_of_wrapper = summary.set_is_of_wrapper;
  reply.all_7bit = summary.all_7bit;
  reply.leftover = std::move(summary.leftover);
  reply.receipt = std::move(summary.receipt);
  reply.nonce = std::move(summary.nonce);
  reply.addressing = std::move(summary.addressing);
  return {};
}

Result<void> Opening::SendPart(const Part& unpacked) {
  PartReply part;
  part.file = unpacked.file.number;
  part.leaf = unpacked.leaf;
  GATEWAY_ASSIGN(const bool is_dicom, dicom::IsMeantAsDicom(unpacked.file.fd.get(), unpacked.leaf.content_type));
  if (is_dicom) {
    Result<InstanceHeader> header = dicom::ReadWholeHeader(unpacked.file.fd.get(), default_set_, query_);
    // If a disk fails for the moment, this says nothing about the part.
    if (!header && header.error().fault == Fault::transient) return header.error();
    if (!header) {
      part.error = header.error();
    } else {
      part.header = std::move(header).value();
      GATEWAY_TRY(AddDigest(unpacked.file.fd.get(), *part.header));
      if (!part.header->has_meta_header) GATEWAY_TRY(AddMetaHeader(unpacked.file, part));
    }
  }
  return SendPacket(socket_, ToJson(part));
}

// An instance that cannot be compared gets no digest, and the PACS decides about it.
Result<void> Opening::AddDigest(int file, InstanceHeader& header) const {
  Result<std::string> digest = dicom::MakeDigest(file, header, default_set_);
  if (!digest && digest.error().fault == Fault::transient) return digest.error();
  if (digest) header.digest = std::move(digest).value();
  return {};
}

Result<void> Opening::AddMetaHeader(const NumberedFile& bare, PartReply& part) {
  GATEWAY_ASSIGN(const NumberedFile whole, NewFile());
  GATEWAY_TRY(dicom::WritePart10(bare.fd.get(), whole.fd.get(), *part.header));
  part.file = whole.number;
  return {};
}

// The worker cannot create a file. Those that it asks for stay open until the end of the mail,
// because parts of the mail are read from them.
mime::MakeFile Opening::FilesForEnclosed() {
  return [this]() -> Result<int> {
    GATEWAY_ASSIGN(NumberedFile file, NewFile());
    made_.push_back(std::move(file));
    return made_.back().fd.get();
  };
}

Result<Opening::NumberedFile> Opening::NewFile() {
  GATEWAY_TRY(SendPacket(socket_, json{{"type", "file"}}));
  GATEWAY_ASSIGN(std::optional<Packet> packet, ReceivePacket(socket_, -1));
  if (!packet || packet->type != "file" || packet->descriptors.size() != 1) {
    return Transient(codes::kNoWorkFile, "the daemon gave no file to write");
  }
  return NumberedFile{next_file_++, std::move(packet->descriptors.front())};
}

}  // namespace gateway::opener
