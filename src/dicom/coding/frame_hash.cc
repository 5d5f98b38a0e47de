#include "dicom/coding/frame_hash.h"

#include <cstdint>
#include <cstring>

namespace gateway::dicom {
namespace {

// The value of a word is made anew from its own bits. It differs from the word if that has others.
template <typename Stored, typename Signed>
bool HasOthers(std::string_view frame, const ImageForm& form) {
  const auto unused = static_cast<unsigned>(8 * sizeof(Stored) - form.stored);
  const bool is_signed = form.representation != 0;
  bool others = false;
  for (std::size_t at = 0; at + sizeof(Stored) <= frame.size(); at += sizeof(Stored)) {
    Stored word;
    std::memcpy(&word, frame.data() + at, sizeof word);
    const auto left_aligned = static_cast<Stored>(word << unused);
    const auto with_zeros = static_cast<Stored>(left_aligned >> unused);
    const auto with_signs = static_cast<Stored>(static_cast<Signed>(left_aligned) >> unused);
    others |= word != with_zeros && (!is_signed || word != with_signs);
  }
  return others;
}

}  // namespace

bool HasOtherBits(std::string_view frame, const ImageForm& form) {
  if (form.stored == form.allocated) return false;
  if (form.stored != form.high_bit + 1) return true;
  if (form.allocated == 8) return HasOthers<std::uint8_t, std::int8_t>(frame, form);
  if (form.allocated == 16) return HasOthers<std::uint16_t, std::int16_t>(frame, form);
  return HasOthers<std::uint32_t, std::int32_t>(frame, form);
}

Result<void> FrameHash::Add(std::string_view frame) {
  if (HasOtherBits(frame, form_)) GATEWAY_TRY(other_bits_.Write(frame));
  return values_.Write(frame);
}

std::string FrameHash::Hex() {
  return ToHex(values_.Bytes()) + other_bits_.Hex();
}

}  // namespace gateway::dicom
