// Makes the digests of base/instance_digest.h. The files are hostile. So only the open worker may
// call this: its limits of memory and time stop files that ask for too much.
#pragma once

#include <string>

#include "dicom/character_set.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Returns the digest of the file as it stands, in text form. Error: corrupt "dicom-damaged" if its
// data set cannot be read to the end. `default_set` is that of TextConverter.
Result<std::string> MakeDigest(int fd, const InstanceHeader& header, std::string_view default_set = kUsualCharacterSet);

}  // namespace gateway::dicom
