// Reads what the gateway needs to know of a DICOM file, in bounded memory whatever the file holds: no pixel data, no
// value longer than 4 KB. The input is hostile. Thread-safe.
#pragma once

#include <filesystem>

#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Reads `fd` (a regular file, from its start; the position is not used) without opening anything by name, so that it
// also works in a sandboxed process. The hash of the data set is taken over the whole rest of the file.
// corrupt "not-dicom": neither DICM at offset 128 nor a data set; "dicom-damaged": a header that cannot be parsed;
// "dicom-incomplete": no SOP Class, SOP Instance or Study Instance UID, or one that is no UID (PS3.5 section 9);
// "uid-too-long": one that is longer than a UID may be. What they say holds no value of the file.
Result<InstanceHeader> ReadHeader(int fd);
Result<InstanceHeader> ReadHeader(const std::filesystem::path& file);
// The same with dataset_sha256 empty: reads no more than the header.
Result<InstanceHeader> ReadHeaderWithoutHash(int fd);

// Cheap: is there DICM at offset 128, or does a plausible data set element of group 0008 start the file? A file
// that cannot be read looks like nothing yet: that is an error.
Result<bool> LooksLikeDicom(int fd);

}  // namespace gateway::dicom
