// This is the one place that decides whether an opened mail is believed: who may send us what.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/partner.h"
#include "gateway/time.h"
#include "ledger/open_queue.h"
#include "mime/mail_reader.h"
#include "mime/report.h"
#include "security/protection.h"

namespace gateway::inbound {

// Says how far a report that counts can be trusted.
struct ReportTrust {
  bool signed_by_partner = false;  // by the pinned key
};

// Says who we are, for whom mails must be meant, and whom we know. What is empty is not checked.
struct OwnIdentity {
  std::vector<std::string> addresses;  // of our mailboxes
  std::vector<std::string> keys;       // identities of our keys (security/protection.h)
  std::set<std::string> named_keys;    // the names by which signatures may call our keys
  // The partners whose keys a signature may name that is not by the sender's key. They are only
  // named to a person, because nobody checked such a signature.
  std::map<std::string, std::string> partners_by_named_key;
};

// The signatures for which a mail is believed.
struct Vouchers {
  std::vector<std::string> ids;  // security::Signature::id
  Time signed_at;                // the latest
};

// Says for which words of a believed message its sender vouches. Whoever passes a message on can
// change the others.
struct SignedWords {
  bool of_wrapper = true;  // also for the header of a multipart/signed, which its own signature does not cover
};

// The object is immutable, and any thread may use it.
class Acceptance {
 public:
  explicit Acceptance(std::vector<PartnerSettings> partners, OwnIdentity own = {}, Milliseconds signature_max_age = {})
      : partners_(std::move(partners)), own_(std::move(own)), signature_max_age_(signature_max_age) {}

  // Returns the partner that has the address in From, ignoring case; nullptr for a stranger.
  [[nodiscard]] const PartnerSettings* PartnerOf(const std::string& sender) const;

  // Checks that the mail is encrypted, and signed by the partner's pinned key (or unsigned, if its
  // profile allows that), both strongly enough for its profile. Returns the identity of the
  // signer, which is empty for an unsigned mail. Errors: corrupt "not-encrypted",
  // "no-integrity-protection", "compressed", "unsigned", "bad-signature", "unknown-signer",
  // "wrong-signer", "signature-expired", "signature-in-future", "signer-key-expired",
  // "signer-key-revoked", "signature-unusable", "weak-signature", "weak-key".
  [[nodiscard]] Result<std::string> Judge(const PartnerSettings& partner, const security::Protection& opened) const;

  // Returns all good signatures by the partner's key of a mail that Judge() believes; none if it is
  // unsigned.
  [[nodiscard]] static Vouchers VouchersOf(const PartnerSettings& partner, const security::Protection& opened);
  // Returns which words count for linking a document to its study. If the profile allows mails
  // without a signature, nobody vouches for any words. Then all words inside the encryption count,
  // as everything else of such a partner does.
  [[nodiscard]] static SignedWords WordsOf(const PartnerSettings& partner, const security::Protection& opened);
  // Checks whether somebody may have replaced CRLF with LF, or LF with CRLF, in the mail. If all
  // its good signatures would allow that, and the content is not all 7bit, nobody can tell. Error:
  // corrupt "line-ends-changed".
  [[nodiscard]] static Result<void> JudgeLineEnds(const PartnerSettings& partner, const security::Protection& opened,
                                                  bool all_7bit);
  // Error: corrupt "signature-too-old".
  [[nodiscard]] Result<void> JudgeAge(const Vouchers& vouchers, Time now) const;
  // Checks that the mail was meant for us, as far as it says. Whoever received a signed mail can
  // encrypt it anew to somebody else. `addressing` is what was signed. Error: corrupt "not-for-us"
  // if it names only other recipients, or another sender than the partner.
  [[nodiscard]] Result<void> JudgeAddressing(const PartnerSettings& partner,
                                             const std::vector<security::Signature>& signatures,
                                             const mime::SignedAddressing& addressing) const;

  // Decides whether this receipt or bounce may change what we know of a message. `partner` is the
  // partner of the sender's address; nullptr means a stranger. An MDN or pgp receipt must come from
  // a partner, and must be protected at least as its profile's receipt_protection demands. A pgp
  // receipt, and any receipt of a partner that is asked for those, must be encrypted and signed.
  // What mail servers say counts from anybody, because nobody can sign it; it never makes a message
  // delivered. JudgeAddressing() also judges what the partner signed: a receipt that the partner
  // gave to somebody else must not count here, unless a person has released it (`overruled`: the
  // codes of these reasons). Errors: corrupt "stranger", "unprotected-receipt", "not-for-us",
  // "signature-expired", "signature-in-future", "signer-key-expired".
  [[nodiscard]] Result<ReportTrust> JudgeReport(const PartnerSettings* partner, const mime::Report& report,
                                                bool encrypted, const std::vector<security::Signature>& signatures,
                                                const ledger::OverruledReasons& overruled = {}) const;

 private:
  std::vector<PartnerSettings> partners_;
  OwnIdentity own_;
  Milliseconds signature_max_age_;
};

}  // namespace gateway::inbound
