// Start-up of DCMTK: its log goes to events::DicomToolkit (off unless `log` is set), its dictionary is loaded.
#pragma once

#include <string>

#include "gateway/result.h"

namespace gateway::dicom {

// Once, before any other call of this folder. `default_character_set`: dicom.default_character_set. config
// "dicom-dictionary-missing" where DCMDICTPATH leads nowhere.
Result<void> StartToolkit(bool log, const std::string& default_character_set = "ISO_IR 100");

}  // namespace gateway::dicom
