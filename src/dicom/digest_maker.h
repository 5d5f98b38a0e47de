// Makes the digests of base/instance_digest.h. The files are hostile: to be called in the open worker, whose limits of
// memory and time end what asks for too much.
#pragma once

#include <string>

#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Of the file as it stands, in text form. corrupt "dicom-damaged": its data set cannot be read to its end.
Result<std::string> MakeDigest(int fd, const InstanceHeader& header);

// The same with the samples of pixel data that are compressed, if they can be decoded (JPEG, JPEG-LS and RLE
// by DCMTK, other RLE by our own code; not JPEG 2000, HTJ2K, JPEG XL, video) and are not too large. corrupt
// "not-decoded": it cannot.
Result<std::string> MakeDecodedDigest(int fd, const InstanceHeader& header);

// Once, before the sandbox: DCMTK's decoders.
void LoadDecoders();

}  // namespace gateway::dicom
