// Start-up of DCMTK: its log goes to events::DicomToolkit (off unless `log` is set), its dictionary is loaded.
#pragma once

#include "gateway/result.h"

namespace gateway::dicom {

// Once, before any other call of this folder. config "dicom-dictionary-missing" where DCMDICTPATH leads nowhere.
Result<void> StartToolkit(bool log);

}  // namespace gateway::dicom
