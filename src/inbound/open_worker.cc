#include "inbound/open_worker.h"

#include <malloc.h>
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/heap.h"
#include "base/secret.h"
#include "crypto/rsa_threads.h"
#include "dicom/document_object.h"
#include "dicom/header_reader.h"
#include "dicom/part10_header.h"
#include "dicom/toolkit.h"
#include "inbound/open_protocol.h"
#include "inbound/plain_text.h"
#include "inbound/sandbox.h"
#include "mime/joiner.h"

namespace gateway::inbound {
namespace {

using nlohmann::json;

constexpr std::size_t kMostRecipients = 100;
constexpr std::size_t kMostSignatures = 100;

// A packet has room for so many. Of recipients and signers more than one or two are of interest to people only.
void Shorten(crypto::Opened& opened) {
  if (opened.recipients.size() > kMostRecipients) opened.recipients.resize(kMostRecipients);
  if (opened.signatures.size() > kMostSignatures) opened.signatures.resize(kMostSignatures);
}

struct NumberedFile {
  std::size_t number = 0;
  UniqueFd fd;
};

// One mail, or one document, from its input to `done`.
class Opening {
 public:
  // `memory`: for PlainText.
  Opening(int socket, crypto::Keyring& keyring, const PlainText::Memory& memory)
      : socket_(socket), keyring_(keyring), memory_(memory) {}

  void AddInput(std::vector<UniqueFd> descriptors) {
    for (UniqueFd& fd : descriptors) input_.push_back(std::move(fd));
  }

  Result<mime::Envelope> ReadEnvelope() {
    GATEWAY_TRY(JoinInput());
    return UnwrapLoneFragments();
  }

  // Sends a part packet for each leaf.
  Result<OpenReport> Open() {
    OpenReport report;
    PlainText plain(memory_, [this]() -> Result<UniqueFd> {
      GATEWAY_ASSIGN(NumberedFile file, NewFile());
      return std::move(file.fd);
    });
    GATEWAY_ASSIGN(report.opened, Decrypt(plain));
    GATEWAY_ASSIGN(PlainReport inner, ReadSigned(plain.fd(), plain.size()));
    report.opened.signatures.insert(report.opened.signatures.end(), inner.signatures.begin(), inner.signatures.end());
    Shorten(report.opened);
    if (inner.report) {
      report.report = std::move(inner.report);
      return report;
    }
    GATEWAY_TRY(Unpack(plain, report));
    for (std::size_t i = 0; i < leaves_.size(); ++i) GATEWAY_TRY(ReportPart(leaves_[i], files_[i]));
    return report;
  }

  Result<PlainReport> ReadReport() {
    GATEWAY_ASSIGN(const std::uint64_t size, FileSize(mail_));
    return ReadSigned(mail_, size);
  }

  // The input is a Part 10 file.
  Result<InstanceHeader> ReadHeader() {
    if (input_.size() != 1) return Corrupt("not-dicom", "no input");
    return dicom::ReadHeaderWithoutHash(input_.front().get());
  }

  // The input is a document and a Part 10 file of its study.
  Result<Converted> Convert(const ConvertRequest& request) {
    if (input_.size() != 2) return Corrupt("document-damaged", "no input");
    const int document = input_[0].get();
    const int reference = input_[1].get();
    GATEWAY_ASSIGN(const std::optional<dicom::DocumentKind> kind,
                   dicom::RecogniseDocument(document, request.media_type));
    if (!kind) return Corrupt("document-not-convertible", "no DICOM object can be made of its type");
    GATEWAY_ASSIGN(const InstanceHeader study, dicom::ReadHeaderWithoutHash(reference));
    const dicom::DocumentIdentity identity =
        dicom::IdentifyDocument(request.partner, study.study_instance_uid, request.sha256, request.title);
    GATEWAY_ASSIGN(const NumberedFile object, NewFile());
    GATEWAY_ASSIGN(InstanceHeader header,
                   dicom::WriteDocumentObject(document, *kind, reference, identity, object.fd.get()));
    return Converted{object.number, std::move(header)};
  }

 private:
  Result<void> JoinInput() {
    if (input_.empty()) return Corrupt("mail-damaged", "no input");
    mail_ = input_.front().get();
    if (input_.size() > 1) {
      std::vector<int> fragments;
      for (const UniqueFd& fd : input_) fragments.push_back(fd.get());
      GATEWAY_TRY(Join(fragments));
    }
    return {};
  }

  // A fragment that is all of its message waits for no other: what it encloses is the mail. Its envelope.
  Result<mime::Envelope> UnwrapLoneFragments() {
    for (unsigned depth = 0; depth < limits_.depth; ++depth) {
      GATEWAY_ASSIGN(mime::Envelope envelope, mime::ReadEnvelope(mail_, limits_));
      const bool alone = envelope.partial && envelope.partial->number == 1 && envelope.partial->total == 1;
      if (!alone) return envelope;
      GATEWAY_TRY(Join({mail_}));
    }
    return Corrupt("mime-too-deep", "fragments in fragments");
  }

  Result<void> Join(const std::vector<int>& fragments) {
    GATEWAY_ASSIGN(NumberedFile joined, NewFile());
    FdSink sink(joined.fd.get());
    GATEWAY_TRY(mime::JoinFragments(fragments, limits_, sink));
    GATEWAY_TRY(sink.Flush());
    joined_ = std::move(joined);
    mail_ = joined_.fd.get();
    return {};
  }

  Result<crypto::Opened> Decrypt(PlainText& plain) {
    GATEWAY_ASSIGN(const std::unique_ptr<Source> sealed, mime::OpenEncryptedBody(mail_, limits_));
    GATEWAY_ASSIGN(const std::uint64_t size, FileSize(mail_));
    GATEWAY_ASSIGN(crypto::Opened opened, keyring_.Open(*sealed, plain, limits_.OpenedSizeOf(size)));
    GATEWAY_TRY(plain.Flush());
    return opened;
  }

  // The signatures of a multipart/signed (RFC 3156 sections 5 and 6.1) around the entity in `fd`, its first `size`
  // bytes, and the report that the entity is. Where there is a signature, only what it covers is read as a report.
  Result<PlainReport> ReadSigned(int fd, std::uint64_t size) {
    PlainReport found;
    GATEWAY_ASSIGN(found.report, mime::ReadReport(fd, size, limits_));
    GATEWAY_ASSIGN(const std::optional<mime::SignedEntity> entity, mime::ReadSignedEntity(fd, size, limits_));
    if (!entity) return found;
    const std::unique_ptr<Source> canonical = mime::OpenCanonical(fd, entity->signed_range);
    const std::unique_ptr<Source> raw = mime::OpenRaw(fd, entity->signed_range);
    GATEWAY_ASSIGN(found.signatures, keyring_.VerifyDetached(*canonical, *raw, entity->signature));
    if (found.signatures.size() > kMostSignatures) found.signatures.resize(kMostSignatures);
    if (!found.report) return found;
    GATEWAY_ASSIGN(const NumberedFile covered, NewFile());
    FdSource source(fd, entity->signed_range);
    FdSink sink(covered.fd.get());
    GATEWAY_TRY(Copy(source, sink));
    GATEWAY_TRY(sink.Flush());
    GATEWAY_ASSIGN(found.report, mime::ReadReport(covered.fd.get(), limits_));
    return found;
  }

  Result<void> Unpack(const PlainText& plain, OpenReport& report) {
    std::optional<FdSink> sink;
    const auto next = [&](const mime::LeafPart& leaf) -> Result<Sink*> {
      if (sink) GATEWAY_TRY(sink->Flush());
      GATEWAY_ASSIGN(NumberedFile file, NewFile());
      sink.emplace(file.fd.get());
      leaves_.push_back(leaf);
      files_.push_back(std::move(file));
      return &*sink;
    };
    GATEWAY_ASSIGN(mime::InnerSummary summary, mime::ReadInnerEntity(plain.fd(), plain.size(), limits_, next));
    if (sink) GATEWAY_TRY(sink->Flush());
    report.set = std::move(summary.set);
    report.receipt = std::move(summary.receipt);
    report.addressing = std::move(summary.addressing);
    return {};
  }

  Result<void> ReportPart(const mime::LeafPart& leaf, const NumberedFile& file) {
    PartReport part;
    part.file = file.number;
    part.leaf = leaf;
    GATEWAY_ASSIGN(const bool looks_so, dicom::LooksLikeDicom(file.fd.get()));
    if (looks_so || leaf.content_type == "application/dicom") {
      Result<InstanceHeader> header = dicom::ReadHeader(file.fd.get());
      // A disk that fails for the moment says nothing about the part.
      if (!header && header.error().fault == Fault::transient) return header.error();
      if (!header) {
        part.error = header.error();
      } else {
        part.header = std::move(header).value();
        if (!part.header->has_meta_header) GATEWAY_TRY(AddMetaHeader(file, part));
      }
    }
    return SendPacket(socket_, ToJson(part));
  }

  // A bare data set becomes a Part 10 file, so that everything behind sees one form only.
  Result<void> AddMetaHeader(const NumberedFile& bare, PartReport& part) {
    GATEWAY_ASSIGN(const NumberedFile whole, NewFile());
    GATEWAY_TRY(dicom::WritePart10(bare.fd.get(), whole.fd.get(), *part.header));
    part.file = whole.number;
    return {};
  }

  Result<NumberedFile> NewFile() {
    GATEWAY_TRY(SendPacket(socket_, json{{"type", "file"}}));
    GATEWAY_ASSIGN(std::optional<Packet> packet, ReceivePacket(socket_, -1));
    if (!packet || packet->type != "file" || packet->descriptors.size() != 1) {
      return Transient("no-work-file", "the daemon gave no file to write");
    }
    return NumberedFile{next_file_++, std::move(packet->descriptors.front())};
  }

  const int socket_;
  crypto::Keyring& keyring_;
  const PlainText::Memory& memory_;
  const mime::ReadLimits limits_;
  std::vector<UniqueFd> input_;
  NumberedFile joined_;
  int mail_ = -1;
  std::size_t next_file_ = 0;
  std::vector<mime::LeafPart> leaves_;
  std::vector<NumberedFile> files_;  // of the leaves
};

// All bytes of the one descriptor in `packet`.
Result<std::string> ReadMemory(const Packet& packet) {
  if (packet.descriptors.size() != 1) return ConfigError("worker-lost", "no keys came");
  const int fd = packet.descriptors.front().get();
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  FdSource source(fd, {0, size});
  std::string bytes(static_cast<std::size_t>(size), '\0');
  GATEWAY_ASSIGN(const std::size_t read, ReadFully(source, bytes));
  bytes.resize(read);
  return bytes;
}

Result<crypto::Keyring> ReceiveKeys(int socket) {
  GATEWAY_ASSIGN(std::optional<Packet> packet, ReceivePacket(socket, -1));
  if (!packet || packet->type != "keys") return ConfigError("worker-lost", "no keys came");
  GATEWAY_ASSIGN(std::string secret, ReadMemory(*packet));
  const std::optional<crypto::KeyMaterial> keys = KeyMaterialFromText(secret);
  WipeText(secret);
  if (!keys) return ConfigError("worker-lost", "the keys cannot be read");
  return crypto::MakeKeyring(*keys);
}

// Until the next such packet.
Result<void> UsePartner(const Packet& packet, crypto::Keyring& keyring) {
  if (packet.descriptors.empty()) return keyring.UsePartner(nullptr);
  GATEWAY_ASSIGN(const std::string text, ReadMemory(packet));
  const std::optional<crypto::PartnerKey> partner = PartnerKeyFromText(text);
  if (!partner) return Permanent("worker-lost", "the partner's key cannot be read");
  return keyring.UsePartner(&*partner);
}

template <typename T>
Result<void> Reply(int socket, const Result<T>& result) {
  Result<void> sent = SendPacket(socket, result ? ToJson(*result) : ToJson(result.error()));
  if (sent || sent.error().code != "packet-too-large") return sent;
  return SendPacket(socket, ToJson(Corrupt("mail-damaged", "its fields are larger than any that makes sense")));
}

// All that starts threads does it here.
Result<void> EnterSandboxWith(const crypto::Keyring& keyring) {
  const std::vector<crypto::KeyInfo> keys = keyring.Keys();
  const bool rsa = std::any_of(keys.begin(), keys.end(), [](const crypto::KeyInfo& key) {
    return key.secret && key.algorithm.find("RSA") != std::string::npos;
  });
  return rsa ? EnterSandbox(crypto::StartRsaThreads) : EnterSandbox();
}

Result<void> Serve(int socket) {
  GATEWAY_TRY(HideMemory());
  GATEWAY_TRY(dicom::StartToolkit(false));
  mime::PrepareReader();
  GATEWAY_ASSIGN(crypto::Keyring keyring, ReceiveKeys(socket));
  const PlainText::Memory memory;
  GATEWAY_TRY(EnterSandboxWith(keyring));
  GATEWAY_TRY(SendPacket(socket, json{{"type", "ready"}}));
  std::optional<Opening> opening;
  while (true) {
    GATEWAY_ASSIGN(std::optional<Packet> packet, ReceivePacket(socket, -1));
    if (!packet) continue;
    if (packet->type == "input") {
      if (!opening) opening.emplace(socket, keyring, memory);
      opening->AddInput(std::move(packet->descriptors));
    } else if (packet->type == "envelope" && opening) {
      GATEWAY_TRY(Reply(socket, opening->ReadEnvelope()));
    } else if (packet->type == "partner") {
      GATEWAY_TRY(UsePartner(*packet, keyring));
    } else if (packet->type == "open" && opening) {
      GATEWAY_TRY(Reply(socket, opening->Open()));
    } else if (packet->type == "report" && opening) {
      GATEWAY_TRY(Reply(socket, opening->ReadReport()));
    } else if (packet->type == "header" && opening) {
      GATEWAY_TRY(Reply(socket, opening->ReadHeader()));
    } else if (packet->type == "convert" && opening) {
      const std::optional<ConvertRequest> request = ConvertRequestFrom(packet->json);
      if (!request) return Permanent("worker-lost", "request damaged");
      GATEWAY_TRY(Reply(socket, opening->Convert(*request)));
    } else {
      opening.reset();
    }
  }
}

}  // namespace

int RunOpenWorker(int socket) {
  ForbidCoreDumps();
  KeepFreedMemory();
  ::mallopt(M_ARENA_MAX, 1);  // its few threads do not share the address space out among them
  // The daemon decides when this process ends: a signal to the whole group must not cost a mail.
  (void)std::signal(SIGTERM, SIG_IGN);
  (void)std::signal(SIGINT, SIG_IGN);
  (void)std::signal(SIGHUP, SIG_IGN);
  (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  (void)::prctl(PR_SET_NAME, "open-worker");
  const Result<void> served = Serve(socket);
  return served || served.error().code == "worker-lost" ? 0 : 1;
}

}  // namespace gateway::inbound
