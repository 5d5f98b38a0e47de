// What the gateway knows of one DICOM SOP instance without its pixels: identity for the ledger and the receipts,
// attributes for the routes. The attributes below are never logged and never stand outside encryption.
#pragma once

#include <cstdint>
#include <string>

namespace gateway {

// How text was read, from the best to the worst.
enum class TextReading {
  as_declared,
  misspelt,      // the term of its character set is no defined term, but clear
  undeclared,    // no character set, or ASCII, and other bytes
  unknown_term,  // the term names nothing
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
  std::string dataset_sha256;        // 64 hex digits over all bytes from dataset_offset: with the SOP Instance UID
                                     // this is the identity of what was received
  std::string digest;                // base/instance_digest.h, of what came by mail; empty: it could not be made

  // The worst of the texts above.
  TextReading text_reading = TextReading::as_declared;
};

}  // namespace gateway
