// Says what a partner's software can read, and what we ask of it.
#pragma once

#include <cstdint>
#include <string>

namespace gateway {

enum class InnerEncoding { base64, binary };
enum class Signing { combined, encapsulated };  // RFC 3156 sections 6.2 and 6.1
enum class Compression { none, zip, zlib, bzip2 };

// Says how the encryption is protected against changes. `mdc` is the integrity packet of RFC 4880
// section 5.13. `ocb` is the mode OCB (RFC 7253) in the AEAD packet of RFC 4880bis section 5.16. It
// costs half as much, and GnuPG reads it from 2.2.21 on.
enum class Integrity { mdc, ocb };

// Says which receipt we ask for: an MDN (RFC 8098), or a receipt inside the encryption
// (X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO).
enum class ReceiptMode { none, mdn, pgp };

// Says how we protect our receipts, and the least protection that theirs must have. With `sign` and
// `encrypt` (which signs too), we refuse receipts with weaker protection.
enum class ReceiptProtection { none, sign, encrypt };

// Says whether a receipt must repeat the secret that only the inside of the message holds
// (docs/security.md). With `learned` it must, as soon as something signed by the partner's key has
// shown that its software knows such secrets.
enum class ReceiptSecret { learned, required, ignored };

struct PartnerProfile {
  unsigned instances_per_message = 1;
  std::uint64_t max_message_size = 20'000'000;  // bytes of one mail on the wire; larger ones leave as fragments
  InnerEncoding inner_encoding = InnerEncoding::base64;
  Signing signing = Signing::combined;
  Compression compression = Compression::none;
  Integrity integrity = Integrity::mdc;  // of the mails that we send; we read both
  ReceiptMode receipts = ReceiptMode::mdn;
  ReceiptProtection receipt_protection = ReceiptProtection::none;
  ReceiptSecret receipt_secret = ReceiptSecret::learned;
  bool require_signature = true;
  bool require_integrity = true;  // false: signed mails without MDC or AEAD are accepted
  bool accept_compressed = true;  // OpenPGP compressed packets
  bool accept_sha1 = false;       // in the self-signatures of its key and in its signatures of mails
  unsigned min_key_bits = 2048;   // of its RSA, DSA and ElGamal keys
  std::string subject = "DICOM-eMail";
};

}  // namespace gateway
