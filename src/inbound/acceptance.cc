#include "inbound/acceptance.h"

#include <algorithm>

#include "base/ascii.h"

namespace gateway::inbound {
namespace {

Error WhyNot(const crypto::Signature& signature) {
  switch (signature.status) {
    case crypto::SignatureStatus::valid:
      return Corrupt("wrong-signer", "signed by " + signature.fingerprint);
    case crypto::SignatureStatus::unknown_key:
      return Corrupt("unknown-signer", "signed by key id " + signature.key_id);
    case crypto::SignatureStatus::bad:
      return Corrupt("bad-signature");
    case crypto::SignatureStatus::expired_signature:
      return Corrupt("signature-expired");
    case crypto::SignatureStatus::expired_key:
      return Corrupt("signer-key-expired");
    case crypto::SignatureStatus::revoked_key:
      return Corrupt("signer-key-revoked");
    case crypto::SignatureStatus::other_error:
      break;
  }
  return Corrupt("signature-unusable");
}

}  // namespace

const PartnerSettings* Acceptance::PartnerOf(const std::string& sender) const {
  const auto partner = std::find_if(partners_.begin(), partners_.end(), [&](const PartnerSettings& candidate) {
    return EqualIgnoringCase(candidate.address, sender);
  });
  return partner == partners_.end() ? nullptr : &*partner;
}

Result<std::string> Acceptance::Judge(const PartnerSettings& partner, const crypto::Opened& opened) const {
  if (!opened.encrypted) return Corrupt("not-encrypted");
  for (const crypto::Signature& signature : opened.signatures) {
    if (signature.status == crypto::SignatureStatus::valid && signature.fingerprint == partner.key_fingerprint) {
      return signature.fingerprint;
    }
  }
  if (!opened.signatures.empty()) return WhyNot(opened.signatures.front());
  if (partner.profile.require_signature) return Corrupt("unsigned");
  if (!opened.integrity_protected) return Corrupt("no-integrity-protection");
  return std::string();
}

}  // namespace gateway::inbound
