// Which abstract and transfer syntaxes the SCP takes.
#pragma once

#include <string>

#include "dicom/dcmtk_handles.h"
#include "gateway/settings/dicom.h"

namespace gateway::dicom {

// Verification, every storage class that DCMTK knows or settings.sop_classes lists, and, unless settings refuse them,
// those that nobody knows: private ones, and ones below the root of the standard's storage classes that are newer than
// DCMTK. The standard's other services never.
bool ServesSopClass(const DicomSettings& settings, const std::string& uid);

// Answers each presentation context of a request: with the first transfer syntax that DCMTK knows, in the order in
// which the peer proposes them, else with its first.
void NegotiateContexts(const DicomSettings& settings, T_ASC_Parameters* parameters);

}  // namespace gateway::dicom
