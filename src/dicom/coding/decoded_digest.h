// Makes digests of compressed instances. The files are hostile, so only the open worker may call
// this: its limits of memory and time stop files that ask for too much.
#pragma once

#include <string>
#include <string_view>

#include "dicom/character_set.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Does the same as MakeDigest(), but with the samples of compressed pixel data. DCMTK decodes JPEG
// and JPEG-LS, OpenJPEG decodes JPEG 2000 and HTJ2K, and our own code decodes RLE. Nobody here
// decodes JPEG XL or video. LoadCodecs() must have been called. Error: corrupt "not-decoded" if the
// pixels cannot be decoded, or if their frames are too large.
Result<std::string> MakeDecodedDigest(int fd, const InstanceHeader& header,
                                      std::string_view default_set = kUsualCharacterSet);

}  // namespace gateway::dicom
