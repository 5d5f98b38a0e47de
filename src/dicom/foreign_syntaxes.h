// Transfer syntaxes that DCMTK does not know, or will not move, on an association. New ones are Explicit VR Little
// Endian with encapsulated pixel data (PS3.5 section A.4), and we pass on bytes as they are: nothing need be known of
// them.
#pragma once

#include <map>
#include <string>

#include "dicom/dcmtk_handles.h"

namespace gateway::dicom {

class ForeignSyntaxes {
 public:
  // Once the peer knows what was accepted: DCMTK, which looks at the name before it moves a data set, sees another one
  // from then on.
  void HideIn(T_ASC_Parameters& parameters);
  // What was accepted for this presentation context, which DCMTK calls `shown`.
  [[nodiscard]] std::string NameOf(T_ASC_PresentationContextID context, const std::string& shown) const;

 private:
  std::map<T_ASC_PresentationContextID, std::string> hidden_;
};

}  // namespace gateway::dicom
