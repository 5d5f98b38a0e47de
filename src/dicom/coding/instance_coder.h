// Codes the pixel data of an instance without loss, or decodes them, into another file. The input
// is hostile, so only the open worker may call this.
#pragma once

#include <optional>
#include <string>

#include "gateway/coding.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

struct CodingOutcome {
  // Describes the coded copy, without its hash. nullopt: the instance travels as it came, and what
  // was written is to be thrown away.
  std::optional<InstanceHeader> header;
  std::string why;       // says in words why the instance travels as it came
  bool differs = false;  // the coded pixels did not decode to the original ones: a coder is at fault
};

// Writes a copy of the instance in `from` into the empty file `to`, which must be readable. Both
// are regular files. `header` is that of `from`. LoadCodecs() must have been called.
//
// Only the pixel data change, and of the attributes only those that say how these are stored. All
// other elements are copied byte for byte, or get an explicit VR where they had none. UIDs stay.
// The copy is read again and decoded. Its attributes and the values of its pixels must be those of
// the original. Otherwise, and in every other case in which it cannot be coded, the instance
// travels as it came. Memory is bounded by a few times the size of a frame.
//
// Errors: transient, those of the files.
Result<CodingOutcome> CodeInstance(int from, const InstanceHeader& header, int to, Coding coding);

}  // namespace gateway::dicom
