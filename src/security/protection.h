// Says how a message was protected, and who vouches for it, in words that fit every kind of mail
// security.
#pragma once

#include <string>
#include <vector>

#include "gateway/signature_status.h"
#include "gateway/time.h"

namespace gateway::security {

// A key is named by its identity: text that nobody else can have. Of an OpenPGP key it is the
// fingerprint of the primary key, in upper-case hex, as PartnerSettings::key_fingerprint has it.
struct Signature {
  SignatureStatus status = SignatureStatus::other_error;
  std::string signer;     // identity of the key that signed; empty if the key is not known
  std::string named_key;  // the name that the signature itself gives its key; nobody checked it
  Time created;
  std::string hash;   // "SHA256", ...; empty if it is not known
  unsigned bits = 0;  // of an RSA or DSA key; 0 for another algorithm, or if it is not known
  // SHA-256, in hex, of the signer, the time and what only the signer can make of the content. The
  // same signature has the same id however it is wrapped. It is empty if the signature is not
  // valid.
  std::string id;
  // Identities of the keys that it is meant for; empty if it does not say.
  std::vector<std::string> intended;
  bool detached = false;  // it belongs to a multipart/signed, whose header it does not cover
  // LF and CRLF are the same to the signature, so somebody may have replaced one by the other.
  bool any_line_ends = false;
};

struct Protection {
  bool encrypted = false;
  bool integrity_protected = false;  // the encryption itself shows whether the text was changed
  bool compressed = false;
  // The keys that it is encrypted to, as the message names them.
  std::vector<std::string> recipients;
  std::vector<Signature> signatures;
};

}  // namespace gateway::security
