// Handles transfer syntaxes that DCMTK does not know, or refuses to move, on an association. New
// syntaxes are Explicit VR Little Endian with encapsulated pixel data (PS3.5 section A.4), and the
// gateway passes bytes on as they are. So it need not know anything else about them.
#pragma once

#include <map>
#include <string>

#include "dicom/dcmtk_handles.h"

namespace gateway::dicom {

class ForeignSyntaxes {
 public:
  // Must be called once the peer knows what was accepted. DCMTK looks at the syntax's name before
  // it moves a data set. From then on it sees the name of another syntax, which it knows.
  void HideIn(T_ASC_Parameters& parameters);
  // Returns the syntax that was accepted for this presentation context. `shown` is DCMTK's name for
  // it.
  [[nodiscard]] std::string NameOf(T_ASC_PresentationContextID context, const std::string& shown) const;

 private:
  std::map<T_ASC_PresentationContextID, std::string> hidden_;
};

}  // namespace gateway::dicom
