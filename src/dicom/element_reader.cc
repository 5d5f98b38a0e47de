#include "dicom/element_reader.h"

#include <memory>
#include <string_view>

#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr std::string_view kShortVrs = "AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US ";
constexpr std::string_view kLongVrs = "OB OD OF OL OV OW SQ SV UC UN UR UT UV ";

bool Contains(std::string_view list, char first, char second) {
  for (std::size_t i = 0; i + 2 < list.size(); i += 3) {
    if (list[i] == first && list[i + 1] == second) return true;
  }
  return false;
}

// Returns whether an explicit element has something else than a VR here. It is then the 32-bit
// length of an element without VR. Old systems wrote signs and blanks as VRs, and a length below
// eight thousand never looks like these.
bool IsLengthInPlaceOfVr(const std::array<char, 4>& bytes) {
  const auto control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E;
  };
  return control(bytes[0]) || control(bytes[1]);
}

Error Damaged(std::string detail) {
  return Corrupt(codes::kDicomDamaged, std::move(detail));
}

}  // namespace

bool IsVr(char first, char second) {
  return Contains(kShortVrs, first, second) || Contains(kLongVrs, first, second);
}

// Old systems wrote other things than capital letters ("??", blanks), with 16-bit lengths.
bool HasLongLength(const std::array<char, 2>& vr) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  return capital(vr[0]) && capital(vr[1]) && !Contains(kShortVrs, vr[0], vr[1]);
}

std::uint16_t ElementReader::U16(const char* bytes) const {
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  return static_cast<std::uint16_t>(encoding_.big_endian ? first << 8 | second : second << 8 | first);
}

std::uint32_t ElementReader::U32(const char* bytes) const {
  const std::uint32_t first = U16(bytes);
  const std::uint32_t second = U16(bytes + 2);
  return encoding_.big_endian ? first << 16 | second : second << 16 | first;
}

// Returns false if the input ends before the first byte and `may_end` allows that.
Result<bool> ElementReader::Fill(std::span<char> buffer, bool may_end) {
  GATEWAY_ASSIGN(const std::size_t count, input_.Read(buffer));
  if (count == buffer.size()) return true;
  if (count == 0 && may_end) return false;
  return Damaged("ends within an element");
}

Result<std::optional<Element>> ElementReader::Next() {
  if (++elements_ > kMaxElements) return Damaged("too many elements");
  std::array<char, 4> bytes;
  GATEWAY_ASSIGN(const bool found, Fill(bytes, true));
  if (!found) return std::optional<Element>();
  Element element{.tag = Tag(U16(bytes.data()), U16(bytes.data() + 2))};
  GATEWAY_TRY(ReadVrAndLength(element));
  return std::optional(element);
}

Result<void> ElementReader::ReadVrAndLength(Element& element) {
  std::array<char, 4> bytes;
  GATEWAY_TRY(Fill(bytes, false));
  const bool delimiter = element.tag >> 16 == 0xFFFE;
  if (undecided_ && !delimiter) {
    encoding_ = {.explicit_vr = IsVr(bytes[0], bytes[1])};
    undecided_ = false;
  }
  if (encoding_.explicit_vr && !delimiter && bytes[0] == 0 && bytes[1] == 0) return ReadZeroVr(element, bytes);
  if (!encoding_.explicit_vr || delimiter || IsLengthInPlaceOfVr(bytes)) {
    element.length = U32(bytes.data());
    return {};
  }
  element.vr = {bytes[0], bytes[1]};
  if (!HasLongLength(element.vr)) {
    element.length = U16(bytes.data() + 2);
    return {};
  }
  GATEWAY_TRY(Fill(bytes, false));
  element.length = U32(bytes.data());
  return {};
}

// The likelier reading comes first. DCMTK knows only the 16-bit length, and pydicom only the
// element without VR.
Result<void> ElementReader::ReadZeroVr(Element& element, const std::array<char, 4>& bytes) {
  struct Reading {
    Element element;
    std::uint64_t head = 0;  // bytes of its head that were not read yet
  };
  if (++zero_vrs_ > kMaxZeroVrs) return Damaged("too many elements with zeros for a VR");
  std::array<Reading, 2> readings{{{element}, {element}}};
  readings[0].element.length = U16(bytes.data() + 2);
  readings[1].element.length = U32(bytes.data());
  const std::unique_ptr<ByteInput> ahead = input_.Ahead();
  if (readings[0].element.length == 0 && ahead) {
    std::array<char, 4> length{};
    GATEWAY_TRY(ahead->Read(length));
    readings[1] = {{element.tag, {'U', 'N'}, U32(length.data())}, length.size()};
  }
  for (const Strictness strictness : {Strictness::valid_vr, Strictness::zero_vr_too}) {
    for (const Reading& reading : readings) {
      GATEWAY_ASSIGN(const bool followed, IsFollowed(reading.element, reading.head, strictness));
      if (!followed) continue;
      element = reading.element;
      return SkipBytes(static_cast<std::uint32_t>(reading.head));
    }
  }
  element = readings[0].element;
  return {};
}

// Returns whether the next element begins, or the data set ends, where `element` would end. `head`
// is the number of bytes before its value.
Result<bool> ElementReader::IsFollowed(const Element& element, std::uint64_t head, Strictness strictness) const {
  const std::unique_ptr<ByteInput> ahead = input_.Ahead();
  if (!ahead) return false;
  const bool has_items = element.undefined_length();
  GATEWAY_ASSIGN(const bool reached, ahead->Skip(head + (has_items ? 0 : element.length)));
  if (!reached) return false;
  std::array<char, 8> next{};
  GATEWAY_ASSIGN(const std::size_t count, ahead->Read(next));
  if (count == 0) return !has_items;
  if (count < next.size()) return false;
  const std::uint32_t tag = Tag(U16(next.data()), U16(next.data() + 2));
  if (has_items) return tag == kItem || tag == kSequenceEnd;
  if (tag == kItem || tag == kItemEnd || tag == kSequenceEnd || IsVr(next[4], next[5])) return true;
  return strictness == Strictness::zero_vr_too && tag > element.tag && next[4] == 0 && next[5] == 0;
}

Result<std::string> ElementReader::Value(const Element& element, std::size_t limit) {
  if (element.undefined_length() || element.length > limit) {
    GATEWAY_TRY(SkipValue(element));
    return std::string();
  }
  std::string value(element.length, '\0');
  if (!value.empty()) GATEWAY_TRY(Fill(value, false));
  return value;
}

Result<void> ElementReader::SkipBytes(std::uint32_t count) {
  GATEWAY_ASSIGN(const bool whole, input_.Skip(count));
  if (!whole) return Damaged("an element is longer than the file");
  return {};
}

Result<void> ElementReader::SkipValue(const Element& element) {
  return element.undefined_length() ? SkipUndefinedLength(element) : SkipBytes(element.length);
}

namespace {

bool IsUnknown(const Element& element) {
  return element.vr == std::array{'U', 'N'};
}

}  // namespace

// Levels alternate: odd ones are sequences, which hold items, and even ones are items, which hold
// elements. So the depth alone tells what may come next, and the stack is a number. Everything
// inside an UN has one encoding.
Result<void> ElementReader::SkipUndefinedLength(const Element& element) {
  constexpr std::uint64_t kNever = ~std::uint64_t{0};
  const ElementEncoding outer = encoding_;
  std::uint64_t depth = 1;
  std::uint64_t unknown_from = IsUnknown(element) ? depth : kNever;
  undecided_ = unknown_from != kNever;
  while (depth > 0) {
    auto next = Next();
    if (!next) return next.error();
    if (!*next) return Damaged("ends within a sequence");
    const std::uint64_t before = depth;
    GATEWAY_TRY(SkipInner(**next, depth));
    if (depth > before && unknown_from == kNever && IsUnknown(**next)) {
      unknown_from = depth;
      undecided_ = true;
    } else if (depth < unknown_from && unknown_from != kNever) {
      unknown_from = kNever;
      undecided_ = false;
      encoding_ = outer;
    }
  }
  undecided_ = false;
  encoding_ = outer;
  return {};
}

// Skips one element inside what SkipUndefinedLength() skips. `depth` becomes the depth behind it.
Result<void> ElementReader::SkipInner(const Element& element, std::uint64_t& depth) {
  const bool in_sequence = depth % 2 == 1;
  switch (element.tag) {
    case kSequenceEnd:
      depth -= in_sequence ? 1 : 2;
      return {};
    case kItemEnd:
      if (!in_sequence) --depth;
      return {};
    default:
      break;
  }
  if (in_sequence != (element.tag == kItem)) return Damaged("a sequence is not made of items");
  if (!element.undefined_length()) return SkipBytes(element.length);
  ++depth;
  return {};
}

}  // namespace gateway::dicom
