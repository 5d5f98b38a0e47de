// The signatures of mails that were believed. A signature that comes again with another mail is a
// repetition by somebody else. Any thread may call it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// A mail that was believed, with its signatures.
struct SignedMail {
  std::int64_t mail = 0;
  std::vector<std::string> signatures;  // security::Signature::id of each
  Time signed_at;
  std::string message_id;
};

class Signatures {
 public:
  explicit Signatures(Database& database) : database_(database) {}

  // The signatures belong to this mail from now on. Returns false, and changes nothing, if one of
  // them came before with another mail, neither under the same Message-ID within `window`, nor the
  // same byte for byte. A power failure may undo this, together with what was recorded about the
  // mail after it.
  Result<bool> Take(const SignedMail& mail, Milliseconds window, Time now);
  // Forgets signatures that were made before `created_before`. Returns how many.
  Result<std::size_t> Forget(Time created_before, std::size_t limit);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
