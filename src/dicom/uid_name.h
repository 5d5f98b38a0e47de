// Returns the standard's names of UIDs (PS3.6 annex A).
#pragma once

#include <string>

namespace gateway::dicom {

// Returns a name such as "CT Image Storage" or "JPEG Baseline". It is empty if DCMTK does not know
// the UID.
std::string NameOfUid(const std::string& uid);

}  // namespace gateway::dicom
