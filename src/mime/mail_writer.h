// Writes DICOM e-mails (docs/formats.md, "A message"): the inner entity, which is signed and
// encrypted, and the outer message around it. Everything streams. Lines end in CRLF and have at
// most 998 characters, except the payload of inner_encoding: binary. There is no state: any thread
// may call it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/settings/profile.h"
#include "gateway/stream.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"

namespace gateway::mime {

struct PartFile {
  std::filesystem::path file;
  std::string content_type = "application/dicom";
  std::string name;  // for name= and filename=; UTF-8: RFC 2231 where it is not ASCII. It stands inside the encryption
};

struct InnerEntity {
  std::string
      from;  // addresses, signed: nobody can pass the entity on as if it were meant for another; empty: no field
  std::string to;
  TelemedicineSet set;
  std::vector<PartFile> parts;
  InnerEncoding encoding = InnerEncoding::base64;
  std::string study_id;            // X-TELEMEDICINE-STUDYID of non-DICOM parts; empty: no such field
  std::string content_id;          // of the entity, without angle brackets; empty: no such field
  std::string pgp_receipt_to;      // asks for a receipt inside the encryption; empty: none is asked for
  std::string pgp_receipt_key_id;  // of our key, to encrypt it to
  std::string nonce;               // the secret that the receipt is to repeat; a tag value; empty: no such field
};

// The inner MIME entity as a stream, to be read once. Always a multipart/mixed. File errors come
// from Read().
Result<std::unique_ptr<Source>> OpenInnerEntity(const InnerEntity& entity);

// multipart/signed (RFC 3156 section 5) around `signed_entity`'s bytes (they are copied through
// unchanged) and its armored detached signature: the inner entity of signing: encapsulated.
// `micalg` as in "pgp-sha256".
Result<void> WriteSignedEntity(Source& signed_entity, std::string_view armored_signature, std::string_view micalg,
                               Sink& sink);

struct OuterHeader {
  std::string from;  // addresses, without names
  std::string to;
  std::string subject;
  std::string message_id;  // without angle brackets
  Time date;
  std::optional<TelemedicineSet> set;
  std::string receipt_to;   // Disposition-Notification-To; empty: none is asked for
  bool reply = false;       // Auto-Submitted: auto-replied (RFC 3834); otherwise auto-generated
  std::string in_reply_to;  // Message-ID of what this answers, for In-Reply-To and References; empty: no such fields
  // Priority (RFC 2156 section 5.3.6): urgent, non-urgent; none where it is normal. It says nothing
  // of the patient.
  Priority priority = Priority::normal;
};

// A complete multipart/encrypted message (RFC 3156 section 4). `write_armor` is called once, to
// write the ASCII armor (lines ending in LF or CRLF; CRLF goes out).
Result<void> WriteEncryptedMessage(const OuterHeader& header, const std::function<Result<void>(Sink&)>& write_armor,
                                   Sink& sink);

// A complete message whose entity (header fields and body, from WriteSignedEntity or report.h) is
// not encrypted.
Result<void> WritePlainMessage(const OuterHeader& header, Source& entity, Sink& sink);

// A fresh Message-ID without angle brackets: random, no clock, no patient data.
std::string NewMessageId(std::string_view host);

}  // namespace gateway::mime
