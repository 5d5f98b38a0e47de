#include "dicom/dictionary_vr.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctag.h>
#include <dcmtk/dcmdata/dcvr.h>
// clang-format on

namespace gateway::dicom {
namespace {

bool IsOverlayOrWaveform(std::uint32_t tag) {
  return (tag & 0xFF01FFFF) == 0x60003000 || tag == 0x54001010;
}

}  // namespace

std::array<char, 2> DictionaryVr(std::uint32_t tag, bool is_signed) {
  const bool names_creator = (tag >> 16) % 2 == 1 && (tag & 0xFFFF) >= 0x10 && (tag & 0xFFFF) <= 0xFF;
  if (names_creator) return {'L', 'O'};
  const DcmEVR vr = DcmTag(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF)).getEVR();
  switch (vr) {
    case EVR_xs:
      return is_signed ? std::array{'S', 'S'} : std::array{'U', 'S'};
    case EVR_ox:
    case EVR_px:
    case EVR_lt:
    case EVR_PixelData:
    case EVR_OverlayData:
      return {'O', 'W'};
    case EVR_up:
      return {'U', 'L'};
    case EVR_UNKNOWN:
    case EVR_UNKNOWN2B:
    case EVR_na:
      return {'U', 'N'};
    default:
      break;
  }
  if (IsOverlayOrWaveform(tag)) return {'O', 'W'};
  const char* const name = DcmVR(vr).getValidVRName();
  return {name[0], name[1]};
}

}  // namespace gateway::dicom
