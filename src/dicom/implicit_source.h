// Rewrites an uncompressed data set in another uncompressed encoding. PS3.5 section 10.1 demands
// that every receiver accept Implicit VR Little Endian, and some accept no other. Compressed pixel
// data need Explicit VR Little Endian around them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

// Returns whether MakeImplicit() can read this syntax: Explicit VR Little or Big Endian, or
// deflated.
bool CanBecomeImplicit(const std::string& transfer_syntax_uid);

// `fd` must be a regular file that outlives the source. Its data set starts at `offset`, in bytes.
// The input is hostile. It is read while it streams, in memory that is bounded whatever the file
// holds. Every attribute keeps its value. Group lengths, which would be wrong, are left out, and
// sequences get undefined lengths. What stands behind ContentEnd() of wholeness.h is left out as
// well. Errors of Read(): corrupt "dicom-damaged", and those of the
// file.
Result<std::unique_ptr<Source>> MakeImplicit(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid);

// Does the same in Explicit VR Little Endian. An element keeps its VR. One that has none gets that
// of DictionaryVr(). A value that is too long for its VR gets the VR UN, as PS3.5 section 6.2.2
// says.
Result<std::unique_ptr<Source>> MakeExplicit(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid);

// Does the same as MakeImplicit() for any transfer syntax, but without pixel data, thumbnails and
// trailing padding. It is for comparisons. A value that begins with an item, and has no VR or the
// VR UN, counts as a sequence.
Result<std::unique_ptr<Source>> MakeAttributes(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid);

}  // namespace gateway::dicom
