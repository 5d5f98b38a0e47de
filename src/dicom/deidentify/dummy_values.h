// Values that say nothing, for attributes that must have a value (code D of PS3.15).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "dicom/uid.h"

namespace gateway::dicom {

// Returns a value for an attribute of this VR. Numbers in binary become as many zeros as before,
// `length` bytes. Returns nullopt for a VR that has no such value, such as SQ.
std::optional<std::string> DummyValue(std::array<char, 2> vr, std::uint32_t length);

// Returns an item of a code sequence whose code says that a code was removed.
std::string DummyCodeItem(const ElementEncoding& encoding);

// Returns an item of a code sequence.
std::string CodeItem(const std::string& value, const std::string& designator, const std::string& meaning,
                     const ElementEncoding& encoding);

}  // namespace gateway::dicom
