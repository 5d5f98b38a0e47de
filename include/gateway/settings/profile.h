// What a partner's software can read, and what we ask of it.
#pragma once

#include <cstdint>
#include <string>

namespace gateway {

enum class InnerEncoding { base64, binary };
enum class Signing { combined, encapsulated };  // RFC 3156 section 6.2, 6.1
enum class Compression { none, zip, zlib, bzip2 };

// How the encryption is protected against changes: the integrity packet of RFC 4880 section 5.13 (MDC), or the mode OCB
// (RFC 7253) in the AEAD packet of RFC 4880bis section 5.16, half as dear, which GnuPG reads from 2.2.21 on.
enum class Integrity { mdc, ocb };

// What we ask for: an MDN (RFC 8098), or a receipt inside the encryption (X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO).
enum class ReceiptMode { none, mdn, pgp };

// How receipts travel, ours and, at the least, theirs. `sign` and `encrypt` (which signs too) refuse weaker ones.
enum class ReceiptProtection { none, sign, encrypt };

// Must a receipt repeat the secret that only the message's inside holds (docs/security.md)? learned: from the first
// time on that something signed by the partner's key shows that its software knows such secrets.
enum class ReceiptSecret { learned, required, ignored };

struct PartnerProfile {
  unsigned instances_per_message = 1;
  std::uint64_t max_message_size = 20'000'000;  // bytes of one mail on the wire; larger ones leave as fragments
  InnerEncoding inner_encoding = InnerEncoding::base64;
  Signing signing = Signing::combined;
  Compression compression = Compression::none;
  Integrity integrity = Integrity::mdc;  // of what we send; both are read
  ReceiptMode receipts = ReceiptMode::mdn;
  ReceiptProtection receipt_protection = ReceiptProtection::none;
  ReceiptSecret receipt_secret = ReceiptSecret::learned;
  bool require_signature = true;
  bool require_integrity = true;  // false: signed mails without MDC or AEAD are accepted
  bool accept_compressed = true;  // OpenPGP compressed packets
  bool accept_sha1 = false;       // SHA-1 in the key's self-signatures and in its signatures of mails
  unsigned min_key_bits = 2048;   // of RSA, DSA and ElGamal keys, theirs
  std::string subject = "DICOM-eMail";
};

}  // namespace gateway
