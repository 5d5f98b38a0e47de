// Reads data elements (PS3.5 section 7) one after the other, without recursion and without keeping what is skipped:
// sequences nested ten thousand deep cost a counter. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "dicom/byte_input.h"
#include "dicom/tags.h"
#include "dicom/uid.h"
#include "gateway/result.h"

namespace gateway::dicom {

struct Element {
  std::uint32_t tag = 0;
  std::array<char, 2> vr{};  // zeros in implicit VR
  std::uint32_t length = 0;
  [[nodiscard]] bool undefined_length() const { return length == 0xFFFFFFFF; }
};

// Is it one of the value representations of PS3.5 section 6.2?
bool IsVr(char first, char second);

// The delimiters of sequences (PS3.5 section 7.5). They have no VR in any encoding.
inline constexpr std::uint32_t kItem = Tag(0xFFFE, 0xE000);
inline constexpr std::uint32_t kItemEnd = Tag(0xFFFE, 0xE00D);
inline constexpr std::uint32_t kSequenceEnd = Tag(0xFFFE, 0xE0DD);

// Reads as DCMTK and dcm4che do what PS3.5 does not allow and real systems write:
//   - an element without VR among explicit ones is one of Implicit VR;
//   - two zero bytes in place of a VR stand before a length of 16 bits or, as those of UN, of 32 bits, or begin the
//     length of an element without VR: what follows tells which;
//   - UN of undefined length holds Implicit VR (PS3.5 section 6.2.2), or, if its first element has a VR, explicit VR;
//   - a delimiter that ends nothing is passed over, and the end of a sequence ends the item that it stands in.
// Failures: corrupt "dicom-damaged", or the input's own.
class ElementReader {
 public:
  // More elements than any header has: hostile input that would only burn time.
  static constexpr std::uint64_t kMaxElements = 4'000'000;
  // Each of these is looked behind.
  static constexpr std::uint64_t kMaxZeroVrs = 100'000;

  ElementReader(ByteInput& input, ElementEncoding encoding) : input_(input), encoding_(encoding) {}

  // The next element's tag, VR and length; nullopt at the end of the input.
  Result<std::optional<Element>> Next();
  // After Next(): the element's value when it is at most `limit` bytes, else empty, the value being skipped.
  Result<std::string> Value(const Element& element, std::size_t limit);
  // After Next(): passes over the element's value, a sequence with all it holds.
  Result<void> SkipValue(const Element& element);

  [[nodiscard]] const ElementEncoding& encoding() const { return encoding_; }

  // For those who go into sequences by themselves. How what comes next is encoded:
  struct State {
    ElementEncoding encoding;
    bool undecided = false;  // within UN of undefined length, before its first element
  };
  [[nodiscard]] State state() const { return {encoding_, undecided_}; }
  void Restore(const State& state) {
    encoding_ = state.encoding;
    undecided_ = state.undecided;
  }
  // After Next() gave an UN of undefined length.
  void EnterUnknown() { undecided_ = true; }

 private:
  Result<bool> Fill(std::span<char> buffer, bool may_end);
  Result<void> SkipBytes(std::uint32_t count);
  Result<void> ReadVrAndLength(Element& element);
  Result<void> ReadZeroVr(Element& element, const std::array<char, 4>& bytes);
  enum class Strictness { valid_vr, zero_vr_too };
  Result<bool> IsFollowed(const Element& element, std::uint64_t head, Strictness strictness) const;
  Result<void> SkipUndefinedLength(const Element& element);
  Result<void> SkipInner(const Element& element, std::uint64_t& depth);
  [[nodiscard]] std::uint16_t U16(const char* bytes) const;
  [[nodiscard]] std::uint32_t U32(const char* bytes) const;

  ByteInput& input_;
  ElementEncoding encoding_;
  std::uint64_t elements_ = 0;
  std::uint64_t zero_vrs_ = 0;
  bool undecided_ = false;  // as State's
};

}  // namespace gateway::dicom
