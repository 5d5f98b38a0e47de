// Tags that several files of this folder name. Private to this folder.
#pragma once

#include <cstdint>

namespace gateway::dicom {

constexpr std::uint32_t Tag(std::uint16_t group, std::uint16_t element) {
  return static_cast<std::uint32_t>(group) << 16 | element;
}

inline constexpr std::uint32_t kSpecificCharacterSet = Tag(0x0008, 0x0005);
inline constexpr std::uint32_t kSopInstanceUid = Tag(0x0008, 0x0018);
inline constexpr std::uint32_t kStudyInstanceUid = Tag(0x0020, 0x000D);
// The first and the last of the three elements that may hold an image's pixels.
inline constexpr std::uint32_t kFloatPixelData = Tag(0x7FE0, 0x0008);
inline constexpr std::uint32_t kPixelData = Tag(0x7FE0, 0x0010);

}  // namespace gateway::dicom
