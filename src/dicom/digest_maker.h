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

// Does the same, but with the samples of compressed pixel data. DCMTK decodes JPEG, JPEG-LS and
// RLE, and our own code decodes other RLE. Nobody here decodes JPEG 2000, HTJ2K, JPEG XL or video.
// Error: corrupt "not-decoded" if the pixels cannot be decoded or are too large.
Result<std::string> MakeDecodedDigest(int fd, const InstanceHeader& header,
                                      std::string_view default_set = kUsualCharacterSet);

// Loads DCMTK's decoders. Must be called once, before the sandbox.
void LoadDecoders();

}  // namespace gateway::dicom
