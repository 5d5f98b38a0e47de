// The bytes that padding is made of. Private to this folder.
#pragma once

#include <string_view>

namespace gateway::dicom {

// Transports, tapes and file systems fill up with these bytes. wholeness.h says when they are
// padding.
inline constexpr std::string_view kFillers("\0\xFF\x1A\r\n ", 6);

}  // namespace gateway::dicom
