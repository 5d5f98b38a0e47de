// Who may send us what: the one place that decides whether an opened mail is believed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/openpgp.h"
#include "gateway/result.h"
#include "gateway/settings.h"

namespace gateway::inbound {

// Immutable; any thread.
class Acceptance {
 public:
  explicit Acceptance(std::vector<PartnerSettings> partners) : partners_(std::move(partners)) {}

  // The partner whose address stands in From, without case; nullptr: a stranger.
  [[nodiscard]] const PartnerSettings* PartnerOf(const std::string& sender) const;

  // Is the mail encrypted, and signed by the partner's pinned key (or unsigned, where its profile allows that)?
  // The fingerprint of the signer, empty when unsigned. corrupt "not-encrypted", "no-integrity-protection", "unsigned",
  // "bad-signature", "unknown-signer", "wrong-signer", "signature-expired", "signer-key-expired",
  // "signer-key-revoked", "signature-unusable".
  [[nodiscard]] Result<std::string> Judge(const PartnerSettings& partner, const crypto::Opened& opened) const;

 private:
  std::vector<PartnerSettings> partners_;
};

}  // namespace gateway::inbound
