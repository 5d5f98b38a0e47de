// How the daemon and its open worker talk: packets over a SOCK_SEQPACKET pair, each a JSON object with file descriptors
// beside it (SCM_RIGHTS). The worker opens no file by name: what it reads and writes is handed to it.
//
//   daemon                       worker
//   keys + descriptor     ->                    once; a memfd with our keys
//   input + descriptors   ->                    a mail, or the fragments of one, number 1 first
//   envelope              ->     envelope       the outer header
//   partner (+ descriptor) ->                   before open and report: a memfd with the keys of the one partner whose
//                                               signatures count; without: nobody's do
//   open                  ->     message ...    each that is encrypted in the mail: signatures, inner set, or why it
//                                               cannot be read; and behind it
//                                part ...       one a leaf, in order; its bytes are in the file of that number
//                                opened         the end: what is left over
//   report                ->     report         the mail as a receipt or bounce, or nothing
//   convert               ->     converted      input: a document, then a Part 10 file of its study
//   header                ->     header         input: a Part 10 file
//   digest                ->     digest         input: a Part 10 file; as it stands, or decoded
//   done                  ->                    the input is forgotten
//   file + descriptor     <-     file           an empty file to write, numbered from 0 since the input
//                         <-     error          instead of envelope or opened
//
// The worker is trusted with nothing: every reply is checked for its form.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/handles.h"
#include "crypto/key_material.h"
#include "crypto/openpgp.h"
#include "gateway/instance.h"
#include "gateway/result.h"
#include "mime/mail_reader.h"
#include "mime/report.h"

namespace gateway::inbound {

struct Packet {
  std::string type;
  std::string json;  // the whole object
  std::vector<UniqueFd> descriptors;
};

// At most 64 KB of JSON and 64 descriptors. permanent "worker-lost" when the other side is gone.
Result<void> SendPacket(int socket, const nlohmann::json& object, const std::vector<int>& descriptors = {});
// nullopt: nothing came within `timeout_ms` (-1: wait for ever).
Result<std::optional<Packet>> ReceivePacket(int socket, int timeout_ms);

inline constexpr std::size_t kDescriptorsAPacket = 64;

struct PartReport {
  std::size_t file = 0;  // number of the file that holds the part
  mime::LeafPart leaf;
  std::optional<InstanceHeader> header;  // of a DICOM part that can be read
  std::optional<Error> error;            // of a DICOM part that cannot; neither: no DICOM
};

// One of the messages that are encrypted in a mail: most mails hold one.
struct OpenReport {
  crypto::Opened opened;
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
  std::vector<crypto::Signature> signatures;  // of a multipart/signed around it
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

// Each pair is inverse; From... gives nullopt for an object of the wrong form.
nlohmann::json ToJson(const mime::Envelope& envelope);
nlohmann::json ToJson(const PartReport& part);
nlohmann::json ToJson(const OpenReport& report);
nlohmann::json ToJson(const OpenEnd& end);
nlohmann::json ToJson(const PlainReport& report);
nlohmann::json ToJson(const ConvertRequest& request);
nlohmann::json ToJson(const Converted& converted);
nlohmann::json ToJson(const InstanceHeader& header);
nlohmann::json ToJson(const DigestText& digest);
nlohmann::json ToJson(const Error& error);
std::optional<mime::Envelope> EnvelopeFrom(const std::string& json);
std::optional<PartReport> PartReportFrom(const std::string& json);
std::optional<OpenReport> OpenReportFrom(const std::string& json);
std::optional<OpenEnd> OpenEndFrom(const std::string& json);
std::optional<PlainReport> PlainReportFrom(const std::string& json);
std::optional<ConvertRequest> ConvertRequestFrom(const std::string& json);
std::optional<Converted> ConvertedFrom(const std::string& json);
std::optional<InstanceHeader> InstanceHeaderFrom(const std::string& json);
std::optional<DigestText> DigestTextFrom(const std::string& json);
std::optional<Error> ErrorFrom(const std::string& json);

std::string KeyMaterialToText(const crypto::KeyMaterial& keys);
std::optional<crypto::KeyMaterial> KeyMaterialFromText(const std::string& text);
std::string PartnerKeyToText(const crypto::PartnerKey& key);
std::optional<crypto::PartnerKey> PartnerKeyFromText(const std::string& text);

}  // namespace gateway::inbound
