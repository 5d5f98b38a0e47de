// Keys that a person gives to `inspect`, and what is to be known of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "security/keys.h"

namespace gateway::security {

// Says what an opener accepts at all, apart from what a partner's profile says.
struct Tolerance {
  bool sha1 = false;  // signatures with SHA-1, whatever their date, by keys of ours and by any partner's
};

// One key of a file. `identity` and `names` are as in OwnKey.
struct KeyFacts {
  std::string identity;
  std::vector<std::string> names;
  std::vector<std::string> user_ids;  // whom it names as its owner: "Klinikum A <a@klinikum-a.example>", or an address
  bool secret = false;
  bool expired = false;
  bool revoked = false;
  unsigned bits = 0;       // the fewest bits of its RSA, DSA and ElGamal keys; 0 if it has none
  bool sha1_only = false;  // only signatures with SHA-1 vouch for its use
};

struct ExaminedPartner {
  KeyFacts facts;
  PartnerKey key;  // its owner is its identity, since the file names no partner of the configuration
};

// Reads every key in the content of a partner's key file. Errors: config "secret-key-of-partner",
// and that of a file that no kind of security can read.
Result<std::vector<ExaminedPartner>> ReadPartnerKeys(std::string_view content, const Tolerance& tolerance);

}  // namespace gateway::security
