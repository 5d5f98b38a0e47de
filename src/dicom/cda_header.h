// As much of HL7 CDA (Release 2) as a DICOM object of it needs, found by looking at tags: no entity is expanded, no
// document type read. UTF-8 and other supersets of ASCII only. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"

namespace gateway::dicom {

struct CdaHeader {
  bool hl7_namespace = false;  // urn:hl7-org:v3 is declared in the root element
  std::string instance_id;     // the document's id: "root^extension", or "root"; printable ASCII; empty: none found
};

inline constexpr std::size_t kCdaHeaderSize = 262'144;  // more than enough to hold the id

// `start`: the document's first bytes. nullopt: its root element is no ClinicalDocument.
std::optional<CdaHeader> ReadCdaHeader(std::string_view start);

// The values of mediaType attributes other than XML's own, each once, in order; for List of MIME Types.
Result<std::vector<std::string>> FindMediaTypes(int fd, std::uint64_t size);

}  // namespace gateway::dicom
