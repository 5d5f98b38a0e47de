// Says which abstract and transfer syntaxes the SCP accepts.
#pragma once

#include <string>

#include "dicom/dcmtk_handles.h"
#include "gateway/settings/dicom.h"

namespace gateway::dicom {

// Returns true for Verification, and for every storage class that DCMTK knows or
// settings.sop_classes lists. Unless the settings refuse them, it is also true for classes that
// nobody knows: private ones, and newer ones below the root of the standard's storage classes. The
// standard's other services are never served.
bool ServesSopClass(const DicomSettings& settings, const std::string& uid);

// Answers each presentation context of a request with the first transfer syntax that DCMTK knows,
// in the order in which the peer proposes them. If DCMTK knows none, the first one is accepted.
void NegotiateContexts(const DicomSettings& settings, T_ASC_Parameters* parameters);

}  // namespace gateway::dicom
