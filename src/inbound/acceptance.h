// Who may send us what: the one place that decides whether an opened mail is believed.
#pragma once

#include <string>
#include <vector>

#include "crypto/openpgp.h"
#include "gateway/result.h"
#include "gateway/settings.h"
#include "mime/report.h"

namespace gateway::inbound {

// Of a report that counts.
struct ReportTrust {
  bool signed_by_partner = false;  // by the pinned key
};

// Immutable; any thread.
class Acceptance {
 public:
  explicit Acceptance(std::vector<PartnerSettings> partners) : partners_(std::move(partners)) {}

  // The partner whose address stands in From, without case; nullptr: a stranger.
  [[nodiscard]] const PartnerSettings* PartnerOf(const std::string& sender) const;

  // Is the mail encrypted, and signed by the partner's pinned key (or unsigned, where its profile allows that), both
  // strongly enough for its profile? The fingerprint of the signer, empty when unsigned. corrupt "not-encrypted",
  // "no-integrity-protection", "compressed", "unsigned", "bad-signature", "unknown-signer", "wrong-signer",
  // "signature-expired", "signer-key-expired", "signer-key-revoked", "signature-unusable", "weak-signature",
  // "weak-key".
  [[nodiscard]] Result<std::string> Judge(const PartnerSettings& partner, const crypto::Opened& opened) const;

  // May this receipt or bounce change what we know of a message? An MDN or pgp receipt is a partner's word (`partner`:
  // of the sender's address; nullptr: a stranger) and protected at least as its profile's receipt_protection asks; a
  // pgp receipt, and any of a partner who is asked for those, is encrypted and signed. What mail servers say counts
  // from anybody, as nobody can sign it: it never makes a message delivered. corrupt "stranger", "unprotected-receipt".
  [[nodiscard]] Result<ReportTrust> JudgeReport(const PartnerSettings* partner, const mime::Report& report,
                                                bool encrypted, const std::vector<crypto::Signature>& signatures) const;

 private:
  std::vector<PartnerSettings> partners_;
};

}  // namespace gateway::inbound
