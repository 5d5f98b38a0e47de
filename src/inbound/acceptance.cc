#include "inbound/acceptance.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "inbound/error_codes.h"
#include "inbound/partner_address.h"
#include "policy/error_codes.h"
#include "security/signature_codes.h"

namespace gateway::inbound {
namespace {

Error UnknownSigner(const OwnIdentity& own, const std::string& named_key) {
  const auto partner = own.partners_by_named_key.find(named_key);
  if (partner != own.partners_by_named_key.end()) {
    return Corrupt(codes::kWrongSigner, "it names the key " + named_key + " of partner " + partner->second);
  }
  return own.named_keys.contains(named_key) ? Corrupt(codes::kWrongSigner, "it names our own key " + named_key)
                                            : Corrupt(codes::kUnknownSigner, "signed by key id " + named_key);
}

Error WhyNot(const OwnIdentity& own, const security::Signature& signature) {
  switch (signature.status) {
    case SignatureStatus::valid:
      return Corrupt(codes::kWrongSigner, "signed by " + signature.signer);
    case SignatureStatus::unknown_key:
      return UnknownSigner(own, signature.named_key);
    case SignatureStatus::in_future:
      return Corrupt(*security::CodeOf(signature.status), "made more than a day from now");
    case SignatureStatus::other_error:
      if (signature.hash == "SHA1") return Corrupt(codes::kWeakSignature, "its hash is SHA-1");
      break;
    default:
      break;
  }
  return Corrupt(*security::CodeOf(signature.status));
}

bool TellsTheTime(SignatureStatus status) {
  return status == SignatureStatus::in_future || status == SignatureStatus::expired_signature ||
         status == SignatureStatus::expired_key;
}

// Checks that the signature is strong enough for the partner's profile.
Result<void> JudgeStrength(const PartnerProfile& profile, const security::Signature& signature) {
  if (signature.hash == "SHA1" && !profile.accept_sha1) return Corrupt(codes::kWeakSignature, "its hash is SHA-1");
  if (signature.bits != 0 && signature.bits < profile.min_key_bits) {
    return Corrupt(codes::kWeakKey, "signed by a key of " + std::to_string(signature.bits) + " bits");
  }
  return {};
}

// Returns the identity of the partner's pinned key, if one of the signatures is by this key,
// valid and strong enough.
Result<std::string> FindSigner(const PartnerSettings& partner, const OwnIdentity& own,
                               const std::vector<security::Signature>& signatures) {
  std::optional<Error> weak;
  for (const security::Signature& signature : signatures) {
    if (signature.status != SignatureStatus::valid || signature.signer != partner.key_fingerprint) {
      continue;
    }
    const Result<void> strength = JudgeStrength(partner.profile, signature);
    if (strength) return signature.signer;
    weak = strength.error();
  }
  return weak ? *weak : WhyNot(own, signatures.front());
}

bool IsGood(const PartnerSettings& partner, const security::Signature& signature) {
  return signature.status == SignatureStatus::valid && signature.signer == partner.key_fingerprint &&
         JudgeStrength(partner.profile, signature).ok();
}

bool ShareOne(const std::vector<std::string>& some, const std::vector<std::string>& others) {
  return std::any_of(some.begin(), some.end(), [&](const std::string& one) {
    return std::any_of(others.begin(), others.end(),
                       [&](const std::string& other) { return EqualIgnoringCase(one, other); });
  });
}

// A pgp receipt is defined by its protection. A partner that is asked for pgp receipts must not
// answer with less.
ReceiptProtection NeededProtection(const PartnerProfile& profile, mime::ReportKind kind) {
  const bool pgp = kind == mime::ReportKind::pgp || profile.receipts == ReceiptMode::pgp;
  return pgp ? ReceiptProtection::encrypt : profile.receipt_protection;
}

}  // namespace

const PartnerSettings* Acceptance::PartnerOf(const std::string& sender) const {
  const auto partner = std::find_if(partners_.begin(), partners_.end(),
                                    [&](const PartnerSettings& candidate) { return IsAddressOf(candidate, sender); });
  return partner == partners_.end() ? nullptr : &*partner;
}

Result<std::string> Acceptance::Judge(const PartnerSettings& partner, const security::Protection& opened) const {
  if (!opened.encrypted) return Corrupt(codes::kNotEncrypted);
  std::string signer;
  if (!opened.signatures.empty()) {
    GATEWAY_ASSIGN(signer, FindSigner(partner, own_, opened.signatures));
  } else if (partner.profile.require_signature) {
    return Corrupt(codes::kUnsigned);
  }
  // Without a signature, nothing else would show that the mail was changed on its way.
  if (!opened.integrity_protected && (signer.empty() || partner.profile.require_integrity)) {
    return Corrupt(codes::kNoIntegrityProtection);
  }
  if (opened.compressed && !partner.profile.accept_compressed) return Corrupt(codes::kCompressed);
  return signer;
}

Vouchers Acceptance::VouchersOf(const PartnerSettings& partner, const security::Protection& opened) {
  Vouchers vouchers;
  for (const security::Signature& signature : opened.signatures) {
    if (!IsGood(partner, signature)) continue;
    vouchers.ids.push_back(signature.id);
    vouchers.signed_at = std::max(vouchers.signed_at, signature.created);
  }
  return vouchers;
}

SignedWords Acceptance::WordsOf(const PartnerSettings& partner, const security::Protection& opened) {
  if (opened.signatures.empty()) return {true};
  return {std::any_of(opened.signatures.begin(), opened.signatures.end(), [&](const security::Signature& signature) {
    return IsGood(partner, signature) && !signature.detached;
  })};
}

Result<void> Acceptance::JudgeLineEnds(const PartnerSettings& partner, const security::Protection& opened,
                                       bool all_7bit) {
  if (all_7bit || opened.signatures.empty()) return {};
  for (const security::Signature& signature : opened.signatures) {
    if (IsGood(partner, signature) && !signature.any_line_ends) return {};
  }
  return Corrupt(codes::kLineEndsChanged, "its signature allows other line ends, and it is not all 7bit");
}

Result<void> Acceptance::JudgeAge(const Vouchers& vouchers, Time now) const {
  if (vouchers.ids.empty() || signature_max_age_.count() == 0) return {};
  const Milliseconds age = now - vouchers.signed_at;
  if (age <= signature_max_age_) return {};
  constexpr Milliseconds kDay{86'400'000};
  return Corrupt(codes::kSignatureTooOld, "made " + std::to_string(age / kDay) + " days ago");
}

Result<void> Acceptance::JudgeAddressing(const PartnerSettings& partner,
                                         const std::vector<security::Signature>& signatures,
                                         const mime::SignedAddressing& addressing) const {
  // Some software leaves only a From inside. It says nothing that the signature does not say.
  if (addressing.to && addressing.from && !IsAddressOf(partner, *addressing.from)) {
    return Corrupt(codes::kNotForUs, "its signed From is not the sender's address");
  }
  if (addressing.to && !own_.addresses.empty() && !ShareOne(*addressing.to, own_.addresses)) {
    return Corrupt(codes::kNotForUs, "its signed To names another");
  }
  for (const security::Signature& signature : signatures) {
    if (!IsGood(partner, signature) || signature.intended.empty() || own_.keys.empty()) continue;
    if (!ShareOne(signature.intended, own_.keys)) return Corrupt(codes::kNotForUs, "signed for another key");
  }
  return {};
}

Result<ReportTrust> Acceptance::JudgeReport(const PartnerSettings* partner, const mime::Report& report, bool encrypted,
                                            const std::vector<security::Signature>& signatures,
                                            const ledger::OverruledReasons& overruled) const {
  if (report.kind == mime::ReportKind::dsn || report.kind == mime::ReportKind::bounce) return ReportTrust{};
  if (partner == nullptr) return Corrupt(codes::kStranger, "a receipt whose sender is no partner");
  const ReceiptProtection needed = NeededProtection(partner->profile, report.kind);
  if (!signatures.empty()) {
    const Result<std::string> signer = FindSigner(*partner, own_, signatures);
    if (needed != ReceiptProtection::none && !signer) {
      // With this reason the mail is judged again if our clock may be wrong.
      if (TellsTheTime(signatures.front().status)) return signer.error();
      return Corrupt(codes::kUnprotectedReceipt, signer.error().code + " " + signer.error().detail);
    }
    if (needed == ReceiptProtection::encrypt && !encrypted) {
      return Corrupt(codes::kUnprotectedReceipt, "it is not encrypted");
    }
    if (!signer) return ReportTrust{};
    const Result<void> meant = JudgeAddressing(*partner, signatures, report.addressing);
    if (!meant && !overruled.contains(meant.error().code)) return meant.error();
    return ReportTrust{true};
  }
  if (needed != ReceiptProtection::none) return Corrupt(codes::kUnprotectedReceipt, "it is not signed");
  return ReportTrust{};
}

}  // namespace gateway::inbound
