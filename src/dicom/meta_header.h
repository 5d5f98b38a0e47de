// Group 0002 (PS3.10 section 7.1) as this gateway writes it.
#pragma once

#include <string>

namespace gateway::dicom {

struct MetaHeader {
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;
  std::string source_ae;  // (0002,0016); left out if it is empty
};

// Returns 128 zero bytes, DICM and group 0002.
std::string Encode(const MetaHeader& meta);

}  // namespace gateway::dicom
