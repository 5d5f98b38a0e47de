// What the open worker tells of a mail, of a document, or of an instance. Every reply was checked for its form.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/result.h"
#include "mime/mail_reader.h"
#include "mime/report.h"
#include "security/protection.h"

namespace gateway::opener {

struct PartReport {
  std::size_t file = 0;  // number of the file that holds the part
  mime::LeafPart leaf;
  std::optional<InstanceHeader> header;  // of a DICOM part that can be read
  std::optional<Error> error;            // of a DICOM part that cannot; neither: no DICOM
};

// One of the messages that are encrypted in a mail: most mails hold one.
struct OpenReport {
  security::Protection opened;
  std::optional<Error> error;                // corrupt: it could not be read, and nothing below counts
  std::string from;                          // of the enclosed mail in which it stands; empty: it stands in none
  std::string message_id;                    // of the enclosed mail, without angle brackets; likewise
  std::string receipt_to;                    // of the enclosed mail, as in mime::Envelope; likewise
  std::optional<TelemedicineSet> outer_set;  // of the nearest header around it
  std::optional<TelemedicineSet> set;        // inner
  bool set_is_of_wrapper = false;            // as mime::InnerSummary
  bool all_7bit = true;                      // likewise
  std::optional<Error> leftover;             // corrupt: something in it could not be taken
  mime::SignedAddressing addressing;
  std::optional<mime::PgpReceiptRequest> receipt;
  std::string nonce;                   // the secret that a receipt repeats; empty: none
  std::optional<mime::Report> report;  // what was encrypted is itself a receipt or bounce: no parts then
};

// What of a mail is in none of its messages: corrupt, or nothing.
struct OpenEnd {
  std::optional<Error> leftover;
};

// A report in a mail that is not encrypted.
struct PlainReport {
  std::optional<mime::Report> report;
  std::vector<security::Signature> signatures;  // of a multipart/signed around it
};

struct ConvertRequest {
  std::string media_type;
  std::string partner;
  std::string sha256;
  std::string title;
};

struct Converted {
  std::size_t file = 0;  // number of the file that holds the DICOM object
  InstanceHeader header;
};

struct DigestText {
  std::string text;  // base/instance_digest.h
};

}  // namespace gateway::opener
