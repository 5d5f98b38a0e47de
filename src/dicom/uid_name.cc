#include "dicom/uid_name.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
// clang-format on

namespace gateway::dicom {

std::string NameOfUid(const std::string& uid) {
  const char* name = dcmFindNameOfUID(uid.c_str());
  return name == nullptr ? std::string() : std::string(name);
}

}  // namespace gateway::dicom
