// Turns the bytes of a value into texts, as its VR says. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dicom/character_set.h"
#include "gateway/attribute.h"

namespace gateway::dicom {

// Returns the value in UTF-8. Its state is unreadable if the bytes make no sense in this VR.
// Sequences and bytes that are no text have no texts, whatever they hold.
AttributeValue ValueFrom(std::string_view bytes, Vr vr, bool big_endian, TextConverter& converter);

}  // namespace gateway::dicom
