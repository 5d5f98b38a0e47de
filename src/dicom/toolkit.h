// Starts DCMTK, loads its dictionary, and says where its log goes.
#pragma once

#include "gateway/result.h"

namespace gateway::dicom {

// Must be called once, before any other call of this folder. `log` is that of LogToolkit(). Error:
// transient "dicom-dictionary-missing" if DCMDICTPATH leads nowhere.
Result<void> StartToolkit(bool log);

// If `log` is set, DCMTK's warnings go to events::DicomToolkit from now on. Otherwise nobody sees
// them.
void LogToolkit(bool log);

}  // namespace gateway::dicom
