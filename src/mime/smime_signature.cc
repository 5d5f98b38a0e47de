#include <cstdint>
#include <optional>

#include "mime/labels.h"

namespace gateway::mime {
namespace {

// Reads BER (X.690), which programs write while they do not know the length of all yet.
class Ber {
 public:
  struct Element {
    std::optional<std::uint64_t> length;  // nullopt: its end is marked
  };

  explicit Ber(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

  // Takes the beginning of an element. Returns nullopt if it is another one, or is cut.
  std::optional<Element> Enter(char tag) {
    if (!bytes_.starts_with(tag) || bytes_.size() < 2) return std::nullopt;
    const auto first = static_cast<unsigned char>(bytes_[1]);
    bytes_.remove_prefix(2);
    if (first == 0x80) return Element{};
    if (first < 0x80) return Element{first};
    const std::size_t count = first & 0x7FU;
    if (count > 4 || bytes_.size() < count) return std::nullopt;
    std::uint64_t length = 0;
    for (const char c : bytes_.substr(0, count)) length = length << 8U | static_cast<unsigned char>(c);
    bytes_.remove_prefix(count);
    return Element{length};
  }

  // Takes a whole element whose length is known.
  bool Skip(char tag) {
    const auto element = Enter(tag);
    if (!element || !element->length || *element->length > bytes_.size()) return false;
    bytes_.remove_prefix(*element->length);
    return true;
  }

 private:
  std::string_view bytes_;
};

constexpr char kInteger = '\x02';
constexpr char kObjectIdentifier = '\x06';
constexpr char kSequence = '\x30';
constexpr char kSet = '\x31';
constexpr char kContent = '\xA0';

// Returns whether the signature holds no content of its own (RFC 5652 section 5.2): either its end
// comes, or the end of all.
bool HoldsNoContent(Ber ber) {
  const bool is_cut = !ber.Enter(kContent) || !ber.Enter(kSequence) || !ber.Skip(kInteger) || !ber.Skip(kSet);
  if (is_cut) return ber.left() < 2;
  const auto info = ber.Enter(kSequence);
  const std::size_t before = ber.left();
  if (!info || !ber.Skip(kObjectIdentifier)) return false;
  if (info->length) return before - ber.left() == *info->length;
  return ber.bytes().starts_with(std::string_view("\0\0", 2));
}

}  // namespace

bool IsSignatureOfSmime(std::string_view content) {
  // id-signedData (RFC 5652 section 5.1)
  constexpr std::string_view kSignedData = "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02";
  Ber ber(content);
  const auto all = ber.Enter(kSequence);
  if (!all) return content.starts_with(kSequence) && ber.left() == 0;
  // Line ends and padding may follow it.
  const std::size_t end = content.size() - ber.left() + all->length.value_or(ber.left());
  constexpr std::string_view kPadding("\0\r\n", 3);
  if (end < content.size() && content.find_first_not_of(kPadding, end) != std::string_view::npos) return false;
  if (!ber.bytes().starts_with(kSignedData)) return false;
  (void)ber.Skip(kObjectIdentifier);
  return HoldsNoContent(ber);
}

}  // namespace gateway::mime
