// The open worker's replies about a mail, a document or an instance. The form of every reply was
// checked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "gateway/attribute_difference.h"
#include "gateway/instance.h"
#include "gateway/recipe.h"
#include "gateway/result.h"
#include "mime/mail_reader.h"
#include "mime/report.h"
#include "security/protection.h"

namespace gateway::opener {

struct PartReply {
  std::size_t file = 0;  // number of the file that holds the part
  mime::LeafPart leaf;
  std::optional<InstanceHeader> header;  // set for a DICOM part that can be read
  // Set for a DICOM part that cannot be read; without either it is no DICOM part.
  std::optional<Error> error;
};

// One of the messages that are encrypted in a mail. Most mails hold one.
struct MessageReply {
  security::Protection opened;
  // Corrupt: it could not be read, and nothing below counts.
  std::optional<Error> error;
  // Repeats From of the enclosed mail that holds it. It is empty if none does.
  std::string from;
  std::string message_id;                    // Message-ID of that mail, without angle brackets
  std::string receipt_to;                    // of that mail, as in mime::Envelope
  std::optional<TelemedicineSet> outer_set;  // the set of the nearest header around it
  std::optional<TelemedicineSet> set;        // the set inside the encryption
  bool set_is_of_wrapper = false;            // as in mime::InnerSummary
  bool all_7bit = true;                      // as in mime::InnerSummary
  std::optional<Error> leftover;             // corrupt: something in it could not be taken
  mime::SignedAddressing addressing;
  std::optional<mime::PgpReceiptRequest> receipt;
  std::string nonce;  // the secret that a receipt repeats; empty if there is none
  // The encrypted text is itself a receipt or bounce; then there are no parts.
  std::optional<mime::Report> report;
};

// Says what part of a mail is in none of its messages. The error is corrupt; nullopt means that
// nothing is left.
struct OpenEnd {
  std::optional<Error> leftover;
};

// A report in a mail that is not encrypted.
struct ReportReply {
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

// The copy says this about its making (dicom::EditRecord).
struct TransformRequest {
  std::string date_time;
  std::string source;
};

// Some of the identifiers that a copy replaced.
struct ReplacedReply {
  std::vector<ReplacedIdentifier> pairs;
};

struct Transformed {
  std::size_t file = 0;                  // number of the file that holds the copy
  std::optional<InstanceHeader> header;  // of the copy; nullopt if nothing was changed
};

// Says what became of an instance that was to be coded (dicom/coding/instance_coder.h).
struct CodingReply {
  std::optional<std::size_t> file;  // number of the file that holds the copy; nullopt: there is none
  InstanceHeader header;            // of the copy
  std::string why;                  // says in words why there is none
  bool differs = false;             // because a coder is at fault
};

// Some of the attributes in which a copy differs from its original.
struct DifferenceReply {
  std::vector<AttributeDifference> differences;
  bool last = false;  // no more of them follow
};

struct DigestText {
  std::string text;  // base/instance_digest.h
};

}  // namespace gateway::opener
