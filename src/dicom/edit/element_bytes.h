// Writes elements and items (PS3.5 section 7.1). Private to src/dicom.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dicom/edit/element_editor.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Appends a number in the byte order of the encoding.
void Append16(std::string& out, std::uint16_t value, const ElementEncoding& encoding);
void Append32(std::string& out, std::uint32_t value, const ElementEncoding& encoding);

// Returns the value with the byte that makes its length even: NUL for UI and bytes, and a blank for
// all other texts.
std::string Padded(std::string value, VrLetters vr);

// Returns the element with its head. `value` has an even length. Without a VR, explicit VR gets UN.
// Error: corrupt "value-too-long" if the value does not fit the length field of its VR.
Result<std::string> EncodeElement(std::uint32_t tag, VrLetters vr, std::string_view value,
                                  const ElementEncoding& encoding);

// Returns an item of known length around `elements`.
std::string EncodeItem(std::string_view elements, const ElementEncoding& encoding);

}  // namespace gateway::dicom
