#include "dicom/attribute_hash.h"

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctag.h>
// clang-format on

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "base/files.h"
#include "base/instance_digest.h"
#include "base/sha256.h"
#include "dicom/character_set.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"
#include "dicom/implicit_source.h"
#include "dicom/source_input.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kLongestText = 1 << 20;  // bytes; a longer text is compared as bytes
constexpr std::size_t kPiece = 65'536;
// A longer character set is none by which a text could be read. Without a bound, each item could
// have a long one, and each text would be read by it.
constexpr std::size_t kLongestTerms = 256;

enum class Value { bytes, padded, text, long_text, person_name };

// Goes by the dictionary, because only one of two encodings may tell the VR. Values of private
// attributes are bytes.
Value KindOf(std::uint32_t tag) {
  switch (DcmTag(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF)).getEVR()) {
    case EVR_PN:
      return Value::person_name;
    case EVR_LO:
    case EVR_SH:
    case EVR_UC:
      return Value::text;
    case EVR_LT:
    case EVR_ST:
    case EVR_UT:
      return Value::long_text;
    case EVR_AE:
    case EVR_AS:
    case EVR_CS:
    case EVR_DA:
    case EVR_DS:
    case EVR_DT:
    case EVR_IS:
    case EVR_TM:
    case EVR_UI:
    case EVR_UR:
      return Value::padded;
    default:
      return Value::bytes;
  }
}

// These change with the transfer syntax. If a lossy compression lost something, the pixels show it.
bool IsLeftOut(std::uint32_t tag) {
  constexpr std::array kTags{
      Tag(0x0008, 0x0001),  // Length to End
      Tag(0x0008, 0x2111),  // Derivation Description
      Tag(0x0028, 0x2110),  // Lossy Image Compression
      Tag(0x0028, 0x2112),  // Lossy Image Compression Ratio
      Tag(0x0028, 0x2114),  // Lossy Image Compression Method
  };
  return std::ranges::find(kTags, tag) != kTags.end();
}

// These say how to read the pixel data. So they count with the pixels, and not with the attributes.
bool IsImage(std::uint32_t tag) {
  constexpr std::array kTags{Tag(0x0028, 0x0002), Tag(0x0028, 0x0004), Tag(0x0028, 0x0006), Tag(0x0028, 0x0008),
                             Tag(0x0028, 0x0010), Tag(0x0028, 0x0011), Tag(0x0028, 0x0100), Tag(0x0028, 0x0101),
                             Tag(0x0028, 0x0102), Tag(0x0028, 0x0103)};
  return std::ranges::find(kTags, tag) != kTags.end();
}

std::uint64_t NumberFrom(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::uint64_t* NumberOf(ImageForm& form, std::uint32_t tag) {
  switch (tag & 0xFFFF) {
    case 0x0002:
      return &form.samples;
    case 0x0006:
      return &form.planar;
    case 0x0010:
      return &form.rows;
    case 0x0011:
      return &form.columns;
    case 0x0100:
      return &form.allocated;
    case 0x0101:
      return &form.stored;
    case 0x0102:
      return &form.high_bit;
    case 0x0103:
      return &form.representation;
    default:
      return nullptr;
  }
}

// `value` has no padding if it is text.
void TakeInto(ImageForm& form, std::uint32_t tag, std::string_view value) {
  if (tag == Tag(0x0028, 0x0004)) form.photometric = value;
  if (tag == Tag(0x0028, 0x0008)) form.frames = NumberFrom(value);
  std::uint64_t* const number = NumberOf(form, tag);
  if (number == nullptr || value.size() != 2) return;
  *number = static_cast<unsigned char>(value[0]) | static_cast<unsigned>(static_cast<unsigned char>(value[1])) << 8;
}

std::string_view WithoutPadding(std::string_view value) {
  while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.remove_suffix(1);
  return value;
}

// Components and groups that are empty at the end mean nothing (PS3.5 section 6.2.1).
std::string WithoutEmptyEnds(std::string_view name) {
  std::string kept;
  for (const char c : name) {
    if (c == '=') kept.erase(kept.find_last_not_of("^ ") + 1);
    kept += c;
  }
  kept.erase(kept.find_last_not_of("^= ") + 1);
  return kept;
}

// Returns the meaning of a value without the details of how it was written.
std::string Canonical(std::string_view value, Value kind) {
  value = WithoutPadding(value);
  if (kind == Value::long_text) return std::string(value);
  std::string out;
  while (true) {
    const auto end = value.find('\\');
    std::string_view one = WithoutPadding(value.substr(0, end));
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    out += kind == Value::person_name ? WithoutEmptyEnds(one) : std::string(one);
    if (end == std::string_view::npos) return out;
    out += '\\';
    value.remove_prefix(end + 1);
  }
}

class Hasher {
 public:
  Hasher(std::unique_ptr<Source> source, std::string_view default_set)
      : input_(std::move(source)), reader_(input_, {.explicit_vr = false}), default_set_(default_set) {}

  Result<HashedAttributes> Run() {
    while (true) {
      GATEWAY_ASSIGN(const std::optional<Element> element, reader_.Next());
      if (!element) break;
      GATEWAY_TRY(element->tag >> 16 == 0xFFFE ? TakeDelimiter(element->tag) : TakeElement(*element));
    }
    Sort(hashed_.all);
    Sort(hashed_.image);
    Sort(hashed_.content);
    return std::move(hashed_);
  }

 private:
  // A sequence or an item that is open.
  struct Level {
    std::uint32_t tag = 0;  // that of the sequence, or kItem
    std::vector<HashedAttribute> inside;
  };

  static void Sort(std::vector<HashedAttribute>& attributes) {
    std::ranges::stable_sort(attributes, {}, &HashedAttribute::tag);
  }

  // The source closes everything that it opens. An item that names a character set has one of its
  // own.
  Result<void> TakeDelimiter(std::uint32_t tag) {
    if (tag == kItem) {
      texts_.push_back(texts_.back());
      levels_.push_back({kItem, {}});
      return {};
    }
    if (levels_.empty()) return Corrupt(codes::kDicomDamaged, "the end of nothing");
    Level level = std::move(levels_.back());
    levels_.pop_back();
    if (tag == kItemEnd) {
      texts_.pop_back();
      Sort(level.inside);
    }
    // A sequence without items counts as an element without value.
    Add(level.tag, level.inside.empty() && tag != kItemEnd ? Sha256().Bytes() : HashOf(level.inside));
    return {};
  }

  Result<void> TakeElement(const Element& element) {
    if (element.undefined_length()) {
      levels_.push_back({element.tag, {}});
      return {};
    }
    const Value kind = KindOf(element.tag);
    if (element.length > kLongestText) return AddBytes(element);
    GATEWAY_ASSIGN(const std::string value, reader_.Value(element, kLongestText));
    if (element.tag == kSpecificCharacterSet) {
      const std::string_view terms = WithoutPadding(value);
      texts_.back() = terms.size() > kLongestTerms ? std::string() : std::string(terms);
      return {};
    }
    const std::string said = kind == Value::bytes ? value : Canonical(AsText(value, kind), kind);
    if (levels_.empty() && IsImage(element.tag)) TakeInto(hashed_.form, element.tag, said);
    Sha256 hash;
    GATEWAY_TRY(hash.Write(said));
    Add(element.tag, hash.Bytes());
    return {};
  }

  std::string AsText(const std::string& value, Value kind) {
    if (kind == Value::padded || IsPlainAscii(value)) return value;
    return TextConverter(texts_.back(), default_set_).ToUtf8(WithoutPadding(value), kind == Value::person_name);
  }

  Result<void> AddBytes(const Element& element) {
    Sha256 hash;
    std::string piece;
    for (std::uint64_t left = element.length; left > 0; left -= piece.size()) {
      piece.resize(std::min<std::uint64_t>(left, kPiece));
      GATEWAY_ASSIGN(const std::size_t read, input_.Read(piece));
      if (read < piece.size()) return Corrupt(codes::kDicomDamaged, "ends within an element");
      GATEWAY_TRY(hash.Write(piece));
    }
    Add(element.tag, hash.Bytes());
    return {};
  }

  void Add(std::uint32_t tag, const std::array<unsigned char, 32>& hash) {
    if (!levels_.empty()) {
      levels_.back().inside.push_back({tag, hash});
    } else if (ContentKindOf(tag) != nullptr && hash != empty_) {
      hashed_.content.push_back({tag, hash});
    } else if (!IsLeftOut(tag)) {
      (IsImage(tag) ? hashed_.image : hashed_.all).push_back({tag, hash});
    }
  }

  const std::array<unsigned char, 32> empty_ = Sha256().Bytes();  // the hash of an element without value
  SourceInput input_;
  ElementReader reader_;
  const std::string_view default_set_;
  // The terms of the character set, for each item that is open.
  std::vector<std::string> texts_{std::string()};
  std::vector<Level> levels_;
  HashedAttributes hashed_;
};

}  // namespace

Result<HashedAttributes> HashAttributes(int fd, const InstanceHeader& header, std::string_view default_set) {
  GATEWAY_ASSIGN(std::unique_ptr<Source> attributes,
                 MakeAttributes(fd, header.dataset_offset, header.transfer_syntax_uid));
  return Hasher(std::move(attributes), default_set).Run();
}

std::array<unsigned char, 32> HashOf(const std::vector<HashedAttribute>& attributes) {
  Sha256 all;
  for (const HashedAttribute& attribute : attributes) {
    const std::string tag = std::to_string(attribute.tag) + ' ';
    (void)all.Write(tag);
    (void)all.Write({reinterpret_cast<const char*>(attribute.hash.data()), attribute.hash.size()});
  }
  return all.Bytes();
}

}  // namespace gateway::dicom
