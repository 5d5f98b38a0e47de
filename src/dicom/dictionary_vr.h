// Finds the VR of an element that came without one, as every element of Implicit VR does. Private
// to this folder.
#pragma once

#include <array>
#include <cstdint>

namespace gateway::dicom {

// Goes by the data dictionary (PS3.6). An element that it does not know is UN, and so is every
// private one. Where the dictionary leaves a choice, `is_signed` decides between SS and US: it is
// the Pixel Representation of the image. The other choices are made as PS3.5 section A.1 makes them
// for Implicit VR: OW.
std::array<char, 2> DictionaryVr(std::uint32_t tag, bool is_signed);

}  // namespace gateway::dicom
