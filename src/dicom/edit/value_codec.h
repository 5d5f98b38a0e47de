// Reads the values of an element as texts, and writes them. Private to src/dicom.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/character_set.h"
#include "dicom/edit/element_editor.h"
#include "gateway/attribute.h"

namespace gateway::dicom {

// Returns the VR by which the element is to be read: that of the file, or, if that says nothing,
// that of the data dictionary. Vr::none if neither knows it, as for private elements.
Vr VrOfElement(std::uint32_t tag, VrLetters in_file);
VrLetters LettersOf(Vr vr);

// Returns the values in UTF-8 without padding. Numbers in binary form become decimal. Returns
// nullopt if no text can be made of the VR, or if the bytes are none of it.
std::optional<std::vector<std::string>> DecodeValues(std::string_view bytes, Vr vr, const ElementEncoding& encoding,
                                                     TextConverter& converter);

// Is the inverse, without the padding to even length. Returns nullopt if the character set
// `defined_terms` cannot express the values. All values must fit the VR (attributes::WhyUnfit).
std::optional<std::string> EncodeValues(const std::vector<std::string>& values, Vr vr, const ElementEncoding& encoding,
                                        const std::string& defined_terms);

// Returns the text without blanks at its end, and at its start where these mean nothing.
std::string_view TrimText(std::string_view text, Vr vr);

}  // namespace gateway::dicom
