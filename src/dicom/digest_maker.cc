#include "dicom/digest_maker.h"

#include <algorithm>
#include <map>
#include <optional>

#include "dicom/byte_input.h"
#include "dicom/dataset_walk.h"
#include "dicom/digest_parts.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kPiece = 65'536;
constexpr std::uint32_t kDoubleFloatPixelData = Tag(0x7FE0, 0x0009);

bool IsPixelData(std::uint32_t tag) {
  return tag == kPixelData || tag == kFloatPixelData || tag == kDoubleFloatPixelData;
}

std::string_view AsText(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// Reads the pixel data as they stand. For compressed ones it leaves out the table of offsets before
// them.
class PixelReader {
 public:
  PixelReader(ByteInput& input, ElementEncoding encoding, const ImageForm& form)
      : input_(input), reader_(input, encoding), form_(form) {}

  Result<void> Run() {
    while (!found_) {
      GATEWAY_ASSIGN(const std::optional<Element> element, reader_.Next());
      if (!element) return {};
      const bool delimiter = element->tag >> 16 == 0xFFFE;
      if (delimiter && (element->tag != kItem || element->undefined_length())) continue;
      if (delimiter || !IsPixelData(element->tag)) {
        GATEWAY_TRY(reader_.SkipValue(*element));
        continue;
      }
      found_ = true;
      GATEWAY_TRY(element->undefined_length() ? AddFragments() : AddNative(*element));
    }
    return {};
  }

  InstanceDigest DigestWith(const HashedAttributes& attributes, const std::string& transfer_syntax) {
    if (!found_) return DigestOf(attributes);
    if (numbers_) return DigestOf(attributes, kNumbersForm, bytes_.Bytes());
    if (compressed_) return DigestOf(attributes, transfer_syntax, bytes_.Bytes());
    if (samples_ && samples_->IsWhole()) return DigestOf(attributes, kSamplesForm, samples_->Bytes());
    return DigestOf(attributes, kNativeForm, bytes_.Bytes());
  }

 private:
  // Reads samples if the attributes say what they are, and otherwise bytes.
  Result<void> AddNative(const Element& element) {
    if (element.tag == kPixelData && form_.HasSamples() && form_.Size() <= element.length) samples_.emplace(form_);
    Sink* const sink = samples_ ? static_cast<Sink*>(&*samples_) : &bytes_;
    numbers_ = element.tag != kPixelData;
    return Add(element.length, *sink, reader_.encoding().big_endian ? WidthOf(element) : 1);
  }

  // Returns how many bytes swap places in big endian.
  static std::size_t WidthOf(const Element& element) {
    if (element.tag == kFloatPixelData) return sizeof(float);
    if (element.tag == kDoubleFloatPixelData) return sizeof(double);
    return element.vr == std::array{'O', 'W'} ? 2 : 1;
  }

  Result<void> AddFragments() {
    compressed_ = true;
    for (bool first = true;; first = false) {
      GATEWAY_ASSIGN(const std::optional<Element> item, reader_.Next());
      if (!item) return Corrupt(codes::kDicomDamaged, "ends within the pixel data");
      if (item->tag == kSequenceEnd) return {};
      if (item->tag != kItem || item->undefined_length()) return Corrupt(codes::kDicomDamaged, "a fragment is no item");
      GATEWAY_TRY(first ? reader_.SkipValue(*item) : Add(item->length, bytes_, 1));
    }
  }

  Result<void> Add(std::uint64_t length, Sink& sink, std::size_t width) {
    std::string piece;
    while (length > 0) {
      piece.resize(std::min<std::uint64_t>(length, kPiece));
      GATEWAY_ASSIGN(const std::size_t count, input_.Read(piece));
      if (count < piece.size()) return Corrupt(codes::kDicomDamaged, "ends within the pixel data");
      for (std::size_t i = 0; width > 1 && i + width <= count; i += width) {
        std::reverse(&piece[i], &piece[i] + width);
      }
      GATEWAY_TRY(sink.Write(piece));
      length -= count;
    }
    return {};
  }

  ByteInput& input_;
  ElementReader reader_;
  const ImageForm& form_;
  bool found_ = false;
  bool compressed_ = false;
  bool numbers_ = false;  // they are floating point numbers
  std::optional<SampleHash> samples_;
  Sha256 bytes_;
};

// Hashes `attributes` so that nobody without the pixels can guess them.
std::string NamedDigits(const std::vector<HashedAttribute>& attributes, const Hash& pixels) {
  Sha256 hash;
  (void)hash.Write(AsText(pixels));
  (void)hash.Write(AsText(HashOf(attributes)));
  return hash.Hex().substr(0, kNamedDigits);
}

std::string AllNamedDigits(const std::vector<HashedAttribute>& attributes, const Hash& pixels) {
  std::array<std::vector<HashedAttribute>, kNamedAttributes.size() + 1> sorted;
  for (const HashedAttribute& attribute : attributes) {
    const auto at = std::ranges::find(kNamedAttributes, attribute.tag, &NamedAttribute::tag);
    sorted[static_cast<std::size_t>(at - kNamedAttributes.begin())].push_back(attribute);
  }
  std::string digits;
  for (const std::vector<HashedAttribute>& some : sorted) digits += NamedDigits(some, pixels);
  return digits;
}

std::string ContentOf(const HashedAttributes& attributes) {
  std::map<char, std::vector<HashedAttribute>> kinds;
  for (const HashedAttribute& element : attributes.content)
    kinds[ContentKindOf(element.tag)->letter].push_back(element);
  std::string text;
  for (const auto& [letter, elements] : kinds) text += letter + ToHex(HashOf(elements));
  return text;
}

}  // namespace

InstanceDigest DigestOf(const HashedAttributes& attributes, std::string_view form, const Hash& pixels) {
  InstanceDigest digest;
  digest.attributes = ToHex(HashOf(attributes.all));
  digest.form = form;
  Sha256 hash;
  // For samples, only their meaning counts. For bytes, the way in which they are stored counts as
  // well.
  (void)hash.Write(form == kSamplesForm ? attributes.form.Meaning() : std::string(AsText(HashOf(attributes.image))));
  (void)hash.Write(AsText(pixels));
  digest.pixels = hash.Hex();
  digest.named = AllNamedDigits(attributes.all, pixels);
  digest.content = ContentOf(attributes);
  return digest;
}

InstanceDigest DigestOf(HashedAttributes attributes) {
  // Without pixel data, the attributes of the image are attributes like any others.
  std::vector<HashedAttribute>& all = attributes.all;
  all.insert(all.end(), attributes.image.begin(), attributes.image.end());
  return {.attributes = ToHex(HashOf(all)),
          .form = std::string(kNoPixelsForm),
          .pixels = Sha256().Hex(),
          .named = {},
          .content = ContentOf(attributes)};
}

Result<std::string> MakeDigest(int fd, const InstanceHeader& header, std::string_view default_set) {
  GATEWAY_ASSIGN(const HashedAttributes attributes, HashAttributes(fd, header, default_set));
  const FileInput dataset(fd, header.dataset_offset, header.file_size);
  GATEWAY_ASSIGN(const Content content, OpenContent(dataset, header.transfer_syntax_uid));
  PixelReader reader(*content.input, content.encoding, attributes.form);
  GATEWAY_TRY(reader.Run());
  return ToText(reader.DigestWith(attributes, header.transfer_syntax_uid));
}

}  // namespace gateway::dicom
