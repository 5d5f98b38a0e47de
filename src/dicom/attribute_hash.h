// Hashes the meaning of an instance's attributes, so that the hashes are the same in every transfer
// syntax and character set. The input is hostile. Memory is bounded by a fraction of its size.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
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
  std::vector<HashedAttribute> image;    // those that say how to read the pixel data
  ImageForm form;                        // what the attributes in `image` say
  std::vector<HashedAttribute> content;  // of kContentKinds, by tag; without those that have no value
};

// Only the values count, as the dictionary's VR reads them. The way in which they were written does
// not count: VRs, the order of elements, lengths of sequences, group lengths, padding, the
// character set. Attributes that change with the transfer syntax are left out. These are
// thumbnails, and the statements about lossy compression and derivation, with which tools say that
// they compressed without loss. Text without a usable character set counts as TextConverter reads
// it with `default_set`. `fd` must be a regular file. Error: corrupt "dicom-damaged".
Result<HashedAttributes> HashAttributes(int fd, const InstanceHeader& header, std::string_view default_set);

// Returns one hash for all of them.
std::array<unsigned char, 32> HashOf(const std::vector<HashedAttribute>& attributes);

}  // namespace gateway::dicom
