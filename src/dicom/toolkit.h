// Starts DCMTK. Its dictionary is loaded, and its log goes to events::DicomToolkit if `log` is set.
#pragma once

#include "gateway/result.h"

namespace gateway::dicom {

// Must be called once, before any other call of this folder. Error: transient
// "dicom-dictionary-missing" if DCMDICTPATH leads nowhere.
Result<void> StartToolkit(bool log);

}  // namespace gateway::dicom
