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
  // Becomes name= and filename=. It is UTF-8, and RFC 2231 is used if it is not ASCII. It is inside
  // the encryption.
  std::string name;
};

struct InnerEntity {
  // These addresses are signed, so nobody can pass the entity on as if it were meant for somebody
  // else. Empty: there is no such field.
  std::string from;
  std::string to;
  TelemedicineSet set;
  std::vector<PartFile> parts;
  InnerEncoding encoding = InnerEncoding::base64;
  std::string study_id;            // X-TELEMEDICINE-STUDYID of non-DICOM parts; empty: no such field
  std::string content_id;          // of the entity, without angle brackets; empty: no such field
  std::string pgp_receipt_to;      // asks for a receipt inside the encryption; empty: none
  std::string pgp_receipt_key_id;  // of our key, to which the receipt is to be encrypted
  std::string nonce;               // the secret that the receipt must repeat; a tag value; empty: no such field
};

// Returns the inner MIME entity as a stream, which can be read once. It is always a
// multipart/mixed. Errors of the files come from Read().
Result<std::unique_ptr<Source>> OpenInnerEntity(const InnerEntity& entity);

// Writes a multipart/signed (RFC 3156 section 5), which holds the bytes of `signed_entity`, copied
// unchanged, and their armored detached signature. It is the inner entity with `signing:
// encapsulated`. `micalg` is a word such as "pgp-sha256".
Result<void> WriteSignedEntity(Source& signed_entity, std::string_view armored_signature, std::string_view micalg,
                               Sink& sink);

struct OuterHeader {
  std::string from;  // addresses, without names
  std::string to;
  std::string subject;
  std::string message_id;  // without angle brackets
  Time date;
  std::optional<TelemedicineSet> set;
  std::string receipt_to;  // Disposition-Notification-To; empty: none is asked for
  bool reply = false;      // Auto-Submitted: auto-replied (RFC 3834); otherwise auto-generated
  // The Message-ID of the mail that this one answers, for In-Reply-To and References. Empty: there
  // are no such fields.
  std::string in_reply_to;
  // Priority (RFC 2156 section 5.3.6): urgent or non-urgent, and no field for normal. It says
  // nothing about the patient.
  Priority priority = Priority::normal;
};

// Writes a complete multipart/encrypted message (RFC 3156 section 4). It calls `write_armor` once,
// to write the ASCII armor. The armor's lines may end in LF or CRLF; CRLF goes out.
Result<void> WriteEncryptedMessage(const OuterHeader& header, const std::function<Result<void>(Sink&)>& write_armor,
                                   Sink& sink);

// Writes a complete message whose entity (header fields and body, from WriteSignedEntity() or
// report.h) is not encrypted.
Result<void> WritePlainMessage(const OuterHeader& header, Source& entity, Sink& sink);

// Returns a fresh Message-ID without angle brackets. It is random, and contains neither a time nor
// patient data.
std::string NewMessageId(std::string_view host);

}  // namespace gateway::mime
