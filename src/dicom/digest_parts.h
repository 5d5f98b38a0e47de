// Puts a digest together. Private to this folder.
#pragma once

#include <array>
#include <string>

#include "base/instance_digest.h"
#include "dicom/attribute_hash.h"

namespace gateway::dicom {

using Hash = std::array<unsigned char, 32>;

// `pixels` is the hash of samples, or of bytes.
InstanceDigest DigestOf(const HashedAttributes& attributes, std::string_view form, const Hash& pixels);
// Makes the digest of an instance without pixel data.
InstanceDigest DigestOf(HashedAttributes attributes);

}  // namespace gateway::dicom
