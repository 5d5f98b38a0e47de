// Describes one DICOM SOP instance without its pixels. The ledger and the receipts use its
// identity, and the routes use its attributes. The gateway never logs the attributes below, and its
// mails contain them only inside the encryption.
#pragma once

#include <cstdint>
#include <string>

#include "gateway/attribute.h"

namespace gateway {

// Says how the gateway read text, from the best case to the worst.
enum class TextReading {
  as_declared,
  misspelt,      // the term of the character set is no defined term, but its meaning is clear
  undeclared,    // there is no character set, or it is ASCII, but the text has other bytes
  unknown_term,  // the term names no character set
  not_as_declared
};

struct InstanceHeader {
  std::string sop_class_uid;         // (0008,0016), or (0002,0002)
  std::string sop_instance_uid;      // (0008,0018), or (0002,0003)
  std::string transfer_syntax_uid;   // (0002,0010); Implicit VR Little Endian for a data set without meta header
  std::string study_instance_uid;    // (0020,000D)
  std::string series_instance_uid;   // (0020,000E)
  std::string modality;              // (0008,0060)
  std::string institution_name;      // (0008,0080), UTF-8
  std::string station_name;          // (0008,1010), UTF-8
  std::string study_description;     // (0008,1030), UTF-8
  std::string referring_physician;   // (0008,0090), UTF-8, as in the file: Family^Given
  bool has_meta_header = true;       // false: a bare data set, without preamble, DICM and group 0002
  std::uint64_t dataset_offset = 0;  // where the data set starts in the file, in bytes
  std::uint64_t file_size = 0;       // bytes
  // 64 hex digits: the SHA-256 of all bytes from dataset_offset. Together with the SOP Instance UID
  // it identifies what was received.
  std::string dataset_sha256;
  // The digest of base/instance_digest.h, for instances that came by mail. It is empty if none
  // could be made.
  std::string digest;

  // These are the other attributes that rules ask for. It is empty if rules ask for none.
  AskedAttributes asked;

  // The worst reading of all the texts above.
  TextReading text_reading = TextReading::as_declared;
};

}  // namespace gateway
