// A data set in Implicit VR Little Endian, made of one in another uncompressed encoding: PS3.5 section 10.1 asks every
// receiver to take that one, and some take no other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

// Explicit VR Little or Big Endian, deflated or not: can MakeImplicit() read it?
bool CanBecomeImplicit(const std::string& transfer_syntax_uid);

// `fd`, a regular file whose data set starts at `offset`, must outlive the source. The input is hostile: it is read as
// it streams, in memory bounded whatever it holds. Every attribute keeps its value; group lengths, which would be
// wrong, are left out, and sequences get undefined lengths. Errors of Read(): corrupt "dicom-damaged", or the file's.
Result<std::unique_ptr<Source>> MakeImplicit(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid);

// For comparing, of any transfer syntax: the same, without pixel data, thumbnails and trailing padding. A value that
// begins with an item and has no VR, or UN, is taken for a sequence.
Result<std::unique_ptr<Source>> MakeAttributes(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid);

}  // namespace gateway::dicom
