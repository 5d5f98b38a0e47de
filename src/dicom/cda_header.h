// Reads as much of HL7 CDA (Release 2) as a DICOM object of it needs. It only looks at tags: it
// expands no entity and reads no document type. It reads UTF-8 and other supersets of ASCII only.
// Private to this folder.
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
  std::string instance_id;     // the document's id: "root^extension", or "root"; printable ASCII; empty: there is none
};

inline constexpr std::size_t kCdaHeaderSize = 262'144;  // more than enough to hold the id

// `start` holds the document's first bytes. Returns nullopt if its root element is no
// ClinicalDocument.
std::optional<CdaHeader> ReadCdaHeader(std::string_view start);

// Returns the values of the mediaType attributes except XML's own, each once and in order, for List
// of MIME Types.
Result<std::vector<std::string>> FindMediaTypes(int fd, std::uint64_t size);

}  // namespace gateway::dicom
