// Who may send us what: the one place that decides whether an opened mail is believed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/partner.h"
#include "gateway/time.h"
#include "ledger/inbound_ledger.h"
#include "mime/mail_reader.h"
#include "mime/report.h"
#include "openpgp/openpgp.h"

namespace gateway::inbound {

// Of a report that counts.
struct ReportTrust {
  bool signed_by_partner = false;  // by the pinned key
};

// Who we are, to whom mails are to be meant, and whom we know; empty: not looked at.
struct OwnIdentity {
  std::vector<std::string> addresses;     // of our mailboxes
  std::vector<std::string> fingerprints;  // of our keys
  // Whose keys a signature may name that is not by the sender's: to tell a person, as nobody checked it.
  std::map<std::string, std::string> partners_by_key_id;
};

// The signatures that a mail is believed for.
struct Vouchers {
  std::vector<std::string> ids;  // openpgp::Signature::id
  Time signed_at;                // the latest
};

// What of a believed message's words its sender stands for. Whoever passes a message on can change the rest.
struct SignedWords {
  bool of_wrapper = true;  // those in the header of a multipart/signed too, which its own signature does not cover
};

// Immutable; any thread.
class Acceptance {
 public:
  explicit Acceptance(std::vector<PartnerSettings> partners, OwnIdentity own = {}, Milliseconds signature_max_age = {})
      : partners_(std::move(partners)), own_(std::move(own)), signature_max_age_(signature_max_age) {}

  // The partner of whose addresses one stands in From, without case; nullptr: a stranger.
  [[nodiscard]] const PartnerSettings* PartnerOf(const std::string& sender) const;

  // Is the mail encrypted, and signed by the partner's pinned key (or unsigned, where its profile allows that), both
  // strongly enough for its profile? The fingerprint of the signer, empty when unsigned. corrupt "not-encrypted",
  // "no-integrity-protection", "compressed", "unsigned", "bad-signature", "unknown-signer", "wrong-signer",
  // "signature-expired", "signature-in-future", "signer-key-expired", "signer-key-revoked", "signature-unusable",
  // "weak-signature", "weak-key".
  [[nodiscard]] Result<std::string> Judge(const PartnerSettings& partner, const openpgp::Opened& opened) const;

  // Of a mail that Judge() believes: all its good signatures by the partner's key; none when it is unsigned.
  [[nodiscard]] static Vouchers VouchersOf(const PartnerSettings& partner, const openpgp::Opened& opened);
  // Which words count for linking a document to its study. Where the profile allows mails without a signature, nobody
  // stands for any: all that is inside the encryption counts, as everything else of such a partner does.
  [[nodiscard]] static SignedWords WordsOf(const PartnerSettings& partner, const openpgp::Opened& opened);
  // Did somebody trade CRLF for LF, or LF for CRLF, in it? Where all its good signatures would allow that, and the
  // content is not all 7bit, nobody can tell. corrupt "line-ends-changed".
  [[nodiscard]] static Result<void> JudgeLineEnds(const PartnerSettings& partner, const openpgp::Opened& opened,
                                                  bool all_7bit);
  // corrupt "signature-too-old".
  [[nodiscard]] Result<void> JudgeAge(const Vouchers& vouchers, Time now) const;
  // Was it meant for us, as far as it says? Whoever was sent a signed mail can encrypt it anew, to another.
  // `addressing` is what was signed. corrupt "not-for-us": it names other recipients only, or another sender than the
  // partner.
  [[nodiscard]] Result<void> JudgeAddressing(const PartnerSettings& partner,
                                             const std::vector<openpgp::Signature>& signatures,
                                             const mime::SignedAddressing& addressing) const;

  // May this receipt or bounce change what we know of a message? An MDN or pgp receipt is a partner's word (`partner`:
  // of the sender's address; nullptr: a stranger) and protected at least as its profile's receipt_protection asks; a
  // pgp receipt, and any of a partner who is asked for those, is encrypted and signed. What mail servers say counts
  // from anybody, as nobody can sign it: it never makes a message delivered. What the partner signed is judged by
  // JudgeAddressing() too: a receipt that it gave to another may not be shown to us, unless a person has released it
  // (`pardoned`). corrupt "stranger", "unprotected-receipt", "not-for-us", "signature-expired", "signature-in-future",
  // "signer-key-expired".
  [[nodiscard]] Result<ReportTrust> JudgeReport(const PartnerSettings* partner, const mime::Report& report,
                                                bool encrypted, const std::vector<openpgp::Signature>& signatures,
                                                const ledger::Pardons& pardoned = {}) const;

 private:
  std::vector<PartnerSettings> partners_;
  OwnIdentity own_;
  Milliseconds signature_max_age_;
};

}  // namespace gateway::inbound
