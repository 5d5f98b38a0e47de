#include "inspect/opening.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "base/files.h"
#include "base/time_text.h"
#include "inspect/entities.h"
#include "mime/encrypted_leaf.h"
#include "policy/error_codes.h"
#include "security/openers.h"
#include "security/signature_codes.h"
#include "security/signed_content.h"

namespace gateway::inspect {
namespace {

constexpr std::size_t kMostShown = 50;  // how many recipients or signatures are shown
constexpr std::string_view kHiddenKey = "0000000000000000";

using security::Signature;

// Returns null for a valid signature.
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

Result<std::vector<std::string>> ReadRecipients(int fd, const security::MailOpeners& openers) {
  GATEWAY_ASSIGN(const mime::EncryptedLeaf leaf, mime::FindEncryptedLeaf(fd, {}));
  GATEWAY_ASSIGN(const std::unique_ptr<Source> sealed, mime::OpenEncryptedLeaf(fd, leaf));
  return openers.Of(leaf.security).ReadRecipients(*sealed);
}

void DescribeRecipients(const std::vector<std::string>& recipients, const Keys& keys, Section& section,
                        Findings& findings) {
  for (std::size_t i = 0; i < recipients.size() && i < kMostShown; ++i) {
    const std::string& key_id = recipients[i];
    if (key_id == kHiddenKey) findings.Add(rules::kHidden);
    const char* whose = FindKey(keys.own, key_id) != nullptr        ? " (a given key)"
                        : FindKey(keys.partners, key_id) != nullptr ? " (a partner's key)"
                                                                    : "";
    section.Add("recipient", key_id == kHiddenKey ? "hidden" : key_id + whose);
  }
}

// Checks the signature of a multipart/signed inside the encryption.
Result<std::vector<Signature>> VerifyEncapsulated(int plain, const security::MailOpeners& openers, Findings& findings) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(plain));
  Result<std::optional<security::SignedContent>> content = security::ReadSignedContent(plain, size, {}, openers);
  if (!content && content.error().fault != Fault::corrupt) return content.error();
  if (!content) findings.Add(rules::kSignedParts, content.error().detail);
  if (!content || !*content) return std::vector<Signature>();
  return std::move((*content)->signatures);
}

// Checks the entity in `plain` by RFC 3156 section 5.
Result<void> CheckSignedEntity(int plain, const std::vector<Signature>& signatures, Findings& findings) {
  Findings ignored;  // InspectContents() reports these later
  std::vector<Entity> parts;
  mime::ContentType type;
  Visitor visitor;
  visitor.enter = [&](const mime::HeaderBlock&, const Entity& entity) {
    if (entity.depth == 0) type = entity.type;
    if (entity.depth == 1) parts.push_back(entity);
  };
  GATEWAY_TRY(WalkEntities(plain, mime::EntityWalker::Messages::keep, visitor, ignored));
  if (type.type != "multipart/signed") return {};
  if (parts.size() != 2 || parts[1].type.type != "application/pgp-signature") findings.Add(rules::kSignedParts);
  const std::string micalg = LowerCase(type.Parameter("micalg"));
  for (const Signature& signature : signatures) {
    if (micalg != "pgp-" + LowerCase(signature.hash)) findings.Add(rules::kMicalg, micalg);
  }
  return {};
}

class SignatureChecks {
 public:
  SignatureChecks(const std::string& from, const Keys& keys, Findings& findings)
      : from_(from), keys_(keys), findings_(findings) {}

  void OfSignature(const Signature& signature) const {
    const bool weak_hash = signature.hash == "SHA1" || signature.hash == "MD5";
    if (weak_hash) findings_.Add(rules::kSha1Signature, signature.hash);
    const bool unchecked = signature.status == SignatureStatus::unknown_key && keys_.partners.empty();
    const Rule* rule = unchecked ? &rules::kUncheckedSigner : RuleOf(signature.status);
    // The weak hash is the reason, and has been reported already.
    if (rule == &rules::kSignatureUnusable && weak_hash) return;
    if (rule != nullptr) findings_.Add(*rule, signature.named_key);
    if (signature.status == SignatureStatus::valid) OfSigner(signature);
  }

 private:
  void OfSigner(const Signature& signature) const {
    const security::KeyFacts* key = Find(signature.signer);
    const unsigned bits = key != nullptr && key->bits != 0 ? key->bits : signature.bits;
    if (bits != 0 && bits < kFewestBits) {
      findings_.Add(rules::kWeakKey, signature.named_key + ": " + std::to_string(bits) + " bits");
    }
    if (key == nullptr) return;
    if (key->sha1_only) findings_.Add(rules::kSha1Key, signature.signer);
    if (!from_.empty() && !NamesAddress(*key, from_)) findings_.Add(rules::kSignerNotSender);
  }

  [[nodiscard]] const security::KeyFacts* Find(const std::string& identity) const {
    for (const security::ExaminedPartner& partner : keys_.partners) {
      if (partner.facts.identity == identity) return &partner.facts;
    }
    for (const security::KeyFacts& key : keys_.own) {
      if (key.identity == identity) return &key;
    }
    return nullptr;
  }

  const std::string& from_;
  const Keys& keys_;
  Findings& findings_;
};

void DescribeSignature(const Signature& signature, Section& section) {
  section.Add("validity", security::NameOf(signature.status));
  section.Add("key", signature.signer.empty() ? signature.named_key : signature.signer);
  section.Add("hash", signature.hash);
  if (signature.bits != 0) section.Add("bits", std::to_string(signature.bits));
  if (ToUnixMilliseconds(signature.created) != 0) section.Add("created", FormatTime(signature.created));
}

void CheckProtection(const security::Protection& opened, Section& section, Findings& findings) {
  section.Add("encrypted", opened.encrypted ? "yes" : "no");
  section.Add("integrity", opened.integrity_protected ? "MDC or AEAD" : "none");
  section.Add("compressed", opened.compressed ? "yes" : "no");
  if (!opened.encrypted) findings.Add(rules::kNotEncrypted);
  if (opened.encrypted && !opened.integrity_protected) findings.Add(rules::kNoIntegrity);
  if (opened.compressed) findings.Add(rules::kCompressed);
}

void AddFailure(const Error& error, Findings& findings) {
  const Rule* rule = &rules::kDamaged;
  if (Is(error, codes::kNotDecryptable)) rule = &rules::kNotDecryptable;
  if (Is(error, codes::kOpenedTooLarge)) rule = &rules::kTooLarge;
  findings.Add(*rule, error.detail);
}

// Opens the first message of the mail in `fd`, and says in `more` whether another one follows it.
Result<security::Protection> OpenFirst(int fd, const security::MailOpeners& openers, Sink& plain, Result<bool>& more) {
  GATEWAY_ASSIGN(const mime::EncryptedLeaf leaf, mime::FindEncryptedLeaf(fd, {}));
  GATEWAY_ASSIGN(const std::unique_ptr<Source> sealed, mime::OpenEncryptedLeaf(fd, leaf));
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  const std::unique_ptr<security::SealedMessages> messages = openers.Of(leaf.security).MessagesIn(*sealed);
  (void)messages->Next();
  Result<security::Protection> opened = messages->Open(plain, mime::ReadLimits{}.OpenedSizeOf(size));
  if (opened) more = messages->Next();
  return opened;
}

class Nowhere : public Sink {
 public:
  Result<void> Write(std::string_view /*bytes*/) override { return {}; }
};

// Returns the partners whose keys made signatures that no key of ours made. The partner that
// the mail says it is from comes first.
std::vector<const security::ExaminedPartner*> SignersAmong(const std::vector<security::ExaminedPartner>& partners,
                                                           const std::vector<Signature>& signatures,
                                                           const std::string& from) {
  std::vector<const security::ExaminedPartner*> signers;
  for (const security::ExaminedPartner& partner : partners) {
    const auto& names = partner.key.names;
    const bool signed_any = std::any_of(signatures.begin(), signatures.end(), [&](const Signature& signature) {
      return signature.status == SignatureStatus::unknown_key &&
             std::ranges::find(names, signature.named_key) != names.end();
    });
    if (signed_any) signers.push_back(&partner);
  }
  std::stable_partition(signers.begin(), signers.end(),
                        [&](const auto* partner) { return NamesAddress(partner->facts, from); });
  return signers;
}

struct Signatures {
  std::vector<Signature> combined;
  std::vector<Signature> encapsulated;

  [[nodiscard]] std::vector<Signature> All() const {
    std::vector<Signature> all = combined;
    all.insert(all.end(), encapsulated.begin(), encapsulated.end());
    return all;
  }
};

// Takes from `theirs` every signature whose key was not known before. Both lists are of the same
// mail, so each of the one has its fellow in the other.
void TakeKnown(std::vector<Signature> theirs, std::vector<Signature>& signatures) {
  for (Signature& signature : signatures) {
    const auto fellow = std::ranges::find_if(theirs, [&](const Signature& their) {
      return their.named_key == signature.named_key && their.created == signature.created &&
             their.hash == signature.hash;
    });
    if (fellow == theirs.end()) continue;
    const bool was_unknown = signature.status == SignatureStatus::unknown_key;
    if (was_unknown && fellow->status != SignatureStatus::unknown_key) signature = std::move(*fellow);
    theirs.erase(fellow);
  }
}

// Verifies the mail once more for each partner whose key made a signature. Each time only this
// partner's keys are beside ours, because what one partner's file says of a key must not count for
// another partner.
Result<void> AskPartners(int fd, int plain, const std::string& from, Keys& keys, Signatures& signatures) {
  for (const security::ExaminedPartner* partner : SignersAmong(keys.partners, signatures.All(), from)) {
    GATEWAY_TRY(keys.openers->UsePartner(&partner->key));
    Nowhere nowhere;
    Findings reported;  // the first time has reported all of it
    Result<bool> more = false;
    GATEWAY_ASSIGN(security::Protection opened, OpenFirst(fd, *keys.openers, nowhere, more));
    TakeKnown(std::move(opened.signatures), signatures.combined);
    GATEWAY_ASSIGN(std::vector<Signature> encapsulated, VerifyEncapsulated(plain, *keys.openers, reported));
    TakeKnown(std::move(encapsulated), signatures.encapsulated);
  }
  return {};
}

Result<void> CheckSignatures(int fd, int plain, Signatures signatures, const std::string& from, Keys& keys,
                             Findings& findings) {
  GATEWAY_ASSIGN(signatures.encapsulated, VerifyEncapsulated(plain, *keys.openers, findings));
  GATEWAY_TRY(AskPartners(fd, plain, from, keys, signatures));
  GATEWAY_TRY(CheckSignedEntity(plain, signatures.encapsulated, findings));
  const std::vector<Signature> all = signatures.All();
  if (all.empty()) findings.Add(rules::kUnsigned);
  const SignatureChecks checks(from, keys, findings);
  for (std::size_t i = 0; i < all.size() && i < kMostShown; ++i) {
    Section& section = findings.structure.Open("signature");
    const bool combined = i < signatures.combined.size();
    section.Add("form", combined ? "combined (RFC 3156 section 6.2)" : "encapsulated (RFC 3156 section 6.1)");
    DescribeSignature(all[i], section);
    checks.OfSignature(all[i]);
  }
  return {};
}

}  // namespace

Result<bool> OpenMail(int fd, int plain, const std::string& from, Keys& keys, Findings& findings) {
  Section& section = findings.structure.Open("encryption");
  const Result<std::vector<std::string>> recipients = ReadRecipients(fd, *keys.openers);
  if (!recipients) {
    if (recipients.error().fault != Fault::corrupt) return recipients.error();
    AddFailure(recipients.error(), findings);
    return false;
  }
  DescribeRecipients(*recipients, keys, section, findings);
  if (keys.own.empty() && !recipients->empty()) {
    findings.Add(rules::kNotOpened);
    return false;
  }
  FdSink sink(plain);
  Result<bool> more = false;
  const Result<security::Protection> opened = OpenFirst(fd, *keys.openers, sink, more);
  if (!opened) {
    if (opened.error().fault != Fault::corrupt) return opened.error();
    AddFailure(opened.error(), findings);
    return false;
  }
  GATEWAY_TRY(sink.Flush());
  if (more && *more) findings.Add(rules::kSeveralEncrypted, "one behind the other in one part");
  if (!more) findings.Add(rules::kNotOpenedPart, more.error().detail);
  CheckProtection(*opened, section, findings);
  GATEWAY_TRY(CheckSignatures(fd, plain, {opened->signatures, {}}, from, keys, findings));
  return true;
}

}  // namespace gateway::inspect
