// Reads data elements (PS3.5 section 7) one after the other, without recursion and without keeping
// what it skips. A sequence that is nested ten thousand deep costs only a counter. Not thread-safe.
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

// Returns whether this is one of the value representations of PS3.5 section 6.2.
bool IsVr(char first, char second);

// Returns whether the VR is followed by two more bytes and a length of 32 bits (PS3.5 section
// 7.1.2). A VR of two capital letters that is not known here is a new one, and new ones have such
// lengths.
bool HasLongLength(const std::array<char, 2>& vr);

// The delimiters of sequences (PS3.5 section 7.5). They have no VR in any encoding.
inline constexpr std::uint32_t kItem = Tag(0xFFFE, 0xE000);
inline constexpr std::uint32_t kItemEnd = Tag(0xFFFE, 0xE00D);
inline constexpr std::uint32_t kSequenceEnd = Tag(0xFFFE, 0xE0DD);

// Reads data elements. It also reads some things that PS3.5 does not allow but real systems write,
// as DCMTK and dcm4che do:
//   - An element without VR among explicit ones is one of Implicit VR.
//   - Two zero bytes in place of a VR precede a length of 16 bits, or of 32 bits as in UN, or they
//     begin the length of an element without VR. The bytes that follow tell which.
//   - UN of undefined length holds Implicit VR (PS3.5 section 6.2.2) or, if its first element has
//     a VR, explicit VR.
//   - A delimiter that ends nothing is passed over. The end of a sequence also ends the item that
//     it stands in.
// Errors: corrupt "dicom-damaged", and those of the input.
class ElementReader {
 public:
  // No header has more elements than this. Hostile input could have more only to waste time.
  static constexpr std::uint64_t kMaxElements = 4'000'000;
  // For each of these the reader looks ahead, so their number is limited.
  static constexpr std::uint64_t kMaxZeroVrs = 100'000;

  ElementReader(ByteInput& input, ElementEncoding encoding) : input_(input), encoding_(encoding) {}

  // Returns the next element's tag, VR and length, or nullopt at the end of the input.
  Result<std::optional<Element>> Next();
  // Must follow Next(). Returns the element's value if it has at most `limit` bytes. Otherwise it
  // skips the value and returns an empty text.
  Result<std::string> Value(const Element& element, std::size_t limit);
  // Must follow Next(). Skips the element's value; for a sequence, also everything in it.
  Result<void> SkipValue(const Element& element);

  [[nodiscard]] const ElementEncoding& encoding() const { return encoding_; }
  // Returns what the reader reads from, for readers of the parts of an element.
  [[nodiscard]] ByteInput& input() { return input_; }

  // Says how the next element is encoded, for callers that go into sequences themselves.
  struct State {
    ElementEncoding encoding;
    bool undecided = false;  // inside UN of undefined length, before its first element
  };
  [[nodiscard]] State state() const { return {encoding_, undecided_}; }
  void Restore(const State& state) {
    encoding_ = state.encoding;
    undecided_ = state.undecided;
  }
  // Must be called after Next() returned an UN of undefined length, to go into it.
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
