#include "inspect/opening.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "base/files.h"
#include "base/time_text.h"
#include "crypto/message_sequence.h"
#include "inspect/entities.h"
#include "mime/mail_reader.h"

namespace gateway::inspect {
namespace {

constexpr std::size_t kMostShown = 50;  // recipients, signatures
constexpr std::string_view kHiddenKey = "0000000000000000";

using crypto::Signature;
using crypto::SignatureStatus;

const Rule* RuleOf(SignatureStatus status) {
  switch (status) {
    case SignatureStatus::valid:
      return nullptr;
    case SignatureStatus::unknown_key:
      return &rules::kUnknownSigner;
    case SignatureStatus::bad:
      return &rules::kBadSignature;
    case SignatureStatus::expired_signature:
      return &rules::kSignatureExpired;
    case SignatureStatus::expired_key:
      return &rules::kSignerExpired;
    case SignatureStatus::revoked_key:
      return &rules::kSignerRevoked;
    case SignatureStatus::in_future:
      return &rules::kSignatureInFuture;
    case SignatureStatus::other_error:
      break;
  }
  return &rules::kSignatureUnusable;
}

std::string_view NameOf(SignatureStatus status) {
  return status == SignatureStatus::valid ? "valid" : RuleOf(status)->code;
}

Result<std::vector<std::string>> ReadRecipients(int fd, crypto::Keyring& ring) {
  GATEWAY_ASSIGN(const std::unique_ptr<Source> sealed, mime::OpenEncryptedBody(fd, {}));
  return ring.ReadRecipients(*sealed);
}

void DescribeRecipients(const std::vector<std::string>& recipients, const Keys& keys, Section& section,
                        Findings& findings) {
  for (std::size_t i = 0; i < recipients.size() && i < kMostShown; ++i) {
    const std::string& key_id = recipients[i];
    if (key_id == kHiddenKey) findings.Report(rules::kHidden);
    const char* whose = FindKey(keys.own, key_id) != nullptr        ? " (a given key)"
                        : FindKey(keys.partners, key_id) != nullptr ? " (a partner's key)"
                                                                    : "";
    section.Add("recipient", key_id == kHiddenKey ? "hidden" : key_id + whose);
  }
}

// The signed part's own signature, of a multipart/signed inside the encryption.
Result<std::vector<Signature>> VerifyEncapsulated(int plain, crypto::Keyring& ring, Findings& findings) {
  const Result<std::optional<mime::SignedEntity>> entity = mime::ReadSignedEntity(plain, {});
  if (!entity && entity.error().fault != Fault::corrupt) return entity.error();
  if (!entity) findings.Report(rules::kSignedParts, entity.error().detail);
  if (!entity || !*entity) return std::vector<Signature>();
  const std::unique_ptr<Source> canonical = mime::OpenCanonical(plain, (*entity)->signed_range);
  const std::unique_ptr<Source> raw = mime::OpenRaw(plain, (*entity)->signed_range);
  Result<std::vector<Signature>> signatures = ring.VerifyDetached(*canonical, *raw, (*entity)->signature);
  if (signatures || signatures.error().fault != Fault::corrupt) return signatures;
  findings.Report(rules::kSignedParts, signatures.error().detail);
  return std::vector<Signature>();
}

// RFC 3156 section 5, of the entity in `plain`.
Result<void> CheckSignedEntity(int plain, const std::vector<Signature>& signatures, Findings& findings) {
  Findings ignored;  // the contents are looked at later
  std::vector<Entity> parts;
  mime::ContentType type;
  Visitor visitor;
  visitor.enter = [&](const mime::HeaderBlock&, const Entity& entity) {
    if (entity.depth == 0) type = entity.type;
    if (entity.depth == 1) parts.push_back(entity);
  };
  GATEWAY_TRY(WalkEntities(plain, mime::EntityWalker::Messages::keep, visitor, ignored));
  if (type.type != "multipart/signed") return {};
  if (parts.size() != 2 || parts[1].type.type != "application/pgp-signature") findings.Report(rules::kSignedParts);
  const std::string micalg = LowerCase(type.Parameter("micalg"));
  for (const Signature& signature : signatures) {
    if (micalg != "pgp-" + LowerCase(signature.hash)) findings.Report(rules::kMicalg, micalg);
  }
  return {};
}

bool NamesAddress(const crypto::KeyInfo& key, const std::string& address) {
  return std::any_of(key.user_ids.begin(), key.user_ids.end(), [&](const std::string& user_id) {
    const std::string lower = LowerCase(user_id);
    return lower == address || lower.find("<" + address + ">") != std::string::npos;
  });
}

class Judge {
 public:
  Judge(const std::string& from, const Keys& keys, Findings& findings)
      : from_(from), keys_(keys), findings_(findings) {}

  void OfSignature(const Signature& signature) const {
    const bool weak_hash = signature.hash == "SHA1" || signature.hash == "MD5";
    if (weak_hash) findings_.Report(rules::kSha1Signature, signature.hash);
    const bool unchecked = signature.status == SignatureStatus::unknown_key && keys_.partners.empty();
    const Rule* rule = unchecked ? &rules::kUncheckedSigner : RuleOf(signature.status);
    if (rule == &rules::kSignatureUnusable && weak_hash) return;
    if (rule != nullptr) findings_.Report(*rule, signature.key_id);
    if (signature.status == SignatureStatus::valid) OfSigner(signature);
  }

 private:
  void OfSigner(const Signature& signature) const {
    const crypto::KeyInfo* key = Find(signature.fingerprint);
    const unsigned bits = key != nullptr && key->bits != 0 ? key->bits : signature.bits;
    if (bits != 0 && bits < kFewestBits) {
      findings_.Report(rules::kWeakKey, signature.key_id + ": " + std::to_string(bits) + " bits");
    }
    if (key == nullptr) return;
    if (key->sha1_only) findings_.Report(rules::kSha1Key, signature.fingerprint);
    if (!from_.empty() && !NamesAddress(*key, from_)) findings_.Report(rules::kSignerNotSender);
  }

  [[nodiscard]] const crypto::KeyInfo* Find(const std::string& fingerprint) const {
    for (const auto* keys : {&keys_.partners, &keys_.own}) {
      const auto found = std::find_if(keys->begin(), keys->end(),
                                      [&](const crypto::KeyInfo& key) { return key.fingerprint == fingerprint; });
      if (found != keys->end()) return &*found;
    }
    return nullptr;
  }

  const std::string& from_;
  const Keys& keys_;
  Findings& findings_;
};

void DescribeSignature(const Signature& signature, Section& section) {
  section.Add("validity", NameOf(signature.status));
  section.Add("key", signature.fingerprint.empty() ? signature.key_id : signature.fingerprint);
  section.Add("hash", signature.hash);
  if (signature.bits != 0) section.Add("bits", std::to_string(signature.bits));
  if (ToUnixMilliseconds(signature.created) != 0) section.Add("created", FormatTime(signature.created));
}

void JudgeOpened(const crypto::Opened& opened, Section& section, Findings& findings) {
  section.Add("encrypted", opened.encrypted ? "yes" : "no");
  section.Add("integrity", opened.integrity_protected ? "MDC or AEAD" : "none");
  section.Add("compressed", opened.compressed ? "yes" : "no");
  if (!opened.encrypted) findings.Report(rules::kNotEncrypted);
  if (opened.encrypted && !opened.integrity_protected) findings.Report(rules::kNoIntegrity);
  if (opened.compressed) findings.Report(rules::kCompressed);
}

void ReportFailure(const Error& error, Findings& findings) {
  for (const Rule* rule : {&rules::kNotDecryptable, &rules::kTooLarge}) {
    if (rule->code == error.code) return findings.Report(*rule, error.detail);
  }
  findings.Report(rules::kDamaged, error.detail);
}

Result<void> JudgeSignatures(int plain, std::vector<Signature> signatures, const std::string& from, Keys& keys,
                             Findings& findings) {
  GATEWAY_ASSIGN(const std::vector<Signature> encapsulated, VerifyEncapsulated(plain, keys.ring, findings));
  GATEWAY_TRY(CheckSignedEntity(plain, encapsulated, findings));
  const std::size_t combined = signatures.size();
  signatures.insert(signatures.end(), encapsulated.begin(), encapsulated.end());
  if (signatures.empty()) findings.Report(rules::kUnsigned);
  const Judge judge(from, keys, findings);
  for (std::size_t i = 0; i < signatures.size() && i < kMostShown; ++i) {
    Section& section = findings.structure.Open("signature");
    section.Add("form", i < combined ? "combined (RFC 3156 section 6.2)" : "encapsulated (RFC 3156 section 6.1)");
    DescribeSignature(signatures[i], section);
    judge.OfSignature(signatures[i]);
  }
  return {};
}

}  // namespace

Result<bool> OpenMail(int fd, int plain, const std::string& from, Keys& keys, Findings& findings) {
  Section& section = findings.structure.Open("encryption");
  const Result<std::vector<std::string>> recipients = ReadRecipients(fd, keys.ring);
  if (!recipients) {
    if (recipients.error().fault != Fault::corrupt) return recipients.error();
    ReportFailure(recipients.error(), findings);
    return false;
  }
  DescribeRecipients(*recipients, keys, section, findings);
  if (keys.own.empty() && !recipients->empty()) {
    findings.Report(rules::kNotOpened);
    return false;
  }
  GATEWAY_ASSIGN(const std::unique_ptr<Source> sealed, mime::OpenEncryptedBody(fd, {}));
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  FdSink sink(plain);
  crypto::MessageSequence messages(*sealed);
  (void)messages.Next();
  const Result<crypto::Opened> opened = keys.ring.Open(messages, sink, mime::ReadLimits{}.OpenedSizeOf(size));
  if (!opened) {
    if (opened.error().fault != Fault::corrupt) return opened.error();
    ReportFailure(opened.error(), findings);
    return false;
  }
  GATEWAY_TRY(sink.Flush());
  const Result<bool> more = messages.Next();
  if (more && *more) findings.Report(rules::kSeveralEncrypted, "one behind the other in one part");
  if (!more) findings.Report(rules::kNotOpenedPart, more.error().detail);
  JudgeOpened(*opened, section, findings);
  GATEWAY_TRY(JudgeSignatures(plain, opened->signatures, from, keys, findings));
  return true;
}

}  // namespace gateway::inspect
