// What the standard calls a UID (PS3.6 annex A).
#pragma once

#include <string>

namespace gateway::dicom {

// "CT Image Storage", "JPEG Baseline"; empty: a UID that DCMTK does not know.
std::string NameOfUid(const std::string& uid);

}  // namespace gateway::dicom
