// The content of a presentation context that an SCU proposes: one SOP class in one transfer syntax
// (PS3.8 section 9.3.2.2), so that the peer decides on each pair by itself.
#pragma once

#include <string>

namespace gateway::dicom {

struct SyntaxPair {
  std::string sop_class_uid;
  std::string transfer_syntax_uid;
  friend bool operator==(const SyntaxPair&, const SyntaxPair&) = default;
};

}  // namespace gateway::dicom
