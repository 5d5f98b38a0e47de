// Writes the parts of elements in Explicit VR Little Endian. Private to this folder.
#pragma once

#include <cstdint>
#include <string>

namespace gateway::dicom {

inline void Append16(std::string& out, std::uint32_t number) {
  out += static_cast<char>(number & 0xFF);
  out += static_cast<char>(number >> 8 & 0xFF);
}

inline void Append32(std::string& out, std::uint32_t number) {
  Append16(out, number & 0xFFFF);
  Append16(out, number >> 16);
}

inline void AppendTag(std::string& out, std::uint32_t tag) {
  Append16(out, tag >> 16);
  Append16(out, tag & 0xFFFF);
}

}  // namespace gateway::dicom
