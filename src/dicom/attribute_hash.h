// Hashes of what the attributes of an instance say, the same in every transfer syntax and character set. The input is
// hostile; memory is bounded by a fraction of its size.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dicom/sample_hash.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

struct HashedAttribute {
  std::uint32_t tag = 0;
  std::array<unsigned char, 32> hash{};
};

struct HashedAttributes {
  std::vector<HashedAttribute> all;      // by tag; without those in `image` and `content`
  std::vector<HashedAttribute> image;    // those that say how the pixel data are to be read
  ImageForm form;                        // what these say
  std::vector<HashedAttribute> content;  // of kContentKinds, by tag; without those that have no value
};

// The values count, by the dictionary's VR, and nothing of how they were written: VRs, the order of elements, lengths
// of sequences, group lengths, padding, the character set. Left out is what changes with the transfer syntax:
// thumbnails, and what is said of lossy compression and of derivation, where tools tell that they compressed without
// loss. `fd`: a regular file. corrupt "dicom-damaged".
Result<HashedAttributes> HashAttributes(int fd, const InstanceHeader& header);

// One hash for all of them.
std::array<unsigned char, 32> HashOf(const std::vector<HashedAttribute>& attributes);

}  // namespace gateway::dicom
