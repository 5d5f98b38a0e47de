#include "dicom/text_decoder.h"

#include <unicode/ucnv.h>
#include <unicode/udata.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/unicode.h"
#include "base/utf8.h"

namespace gateway::dicom {
namespace {

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

// The converter is strict: anything that it does not know is an error.
Converter OpenConverter(const char* name) {
  UErrorCode failure = U_ZERO_ERROR;
  Converter converter(ucnv_open(name, &failure));
  if (!converter || U_FAILURE(failure)) return nullptr;
  ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &failure);
  return U_FAILURE(failure) ? nullptr : std::move(converter);
}

// Systems that write Latin-1 also write the characters that Windows has in the place of the control
// characters.
const char* ReadingName(CodedSet set) {
  return set == CodedSet::latin1 ? "windows-1252" : ConverterName(set);
}

std::optional<std::string> DecodeRun(std::string_view bytes, CodedSet set) {
  if (set == CodedSet::utf8) {
    return ValidUtf8Prefix(bytes) == bytes.size() ? std::optional<std::string>(bytes) : std::nullopt;
  }
  return ToUtf8(bytes, ReadingName(set));
}

struct Escape {
  std::string_view sequence;  // after ESC
  bool high;                  // it is for G1
  CodedSet set;
};

// These escape sequences are those of PS3.3 tables C.12-3 and C.12-4. The last one is the set of
// 1978, which JIS X 0208 replaced.
constexpr std::array kEscapes{
    Escape{"(B", false, CodedSet::ascii},    Escape{"(J", false, CodedSet::katakana},
    Escape{")I", true, CodedSet::katakana},  Escape{"-A", true, CodedSet::latin1},
    Escape{"-B", true, CodedSet::latin2},    Escape{"-C", true, CodedSet::latin3},
    Escape{"-D", true, CodedSet::latin4},    Escape{"-L", true, CodedSet::cyrillic},
    Escape{"-G", true, CodedSet::arabic},    Escape{"-F", true, CodedSet::greek},
    Escape{"-H", true, CodedSet::hebrew},    Escape{"-M", true, CodedSet::latin5},
    Escape{"-b", true, CodedSet::latin9},    Escape{"-T", true, CodedSet::thai},
    Escape{"$B", false, CodedSet::jisx0208}, Escape{"$(D", false, CodedSet::jisx0212},
    Escape{"$)C", true, CodedSet::ksx1001},  Escape{"$)A", true, CodedSet::gb2312},
    Escape{"$@", false, CodedSet::jisx0208},
};

bool IsLeadOfShiftJis(unsigned char byte) {
  return (byte >= 0x81 && byte <= 0x9F) || (byte >= 0xE0 && byte <= 0xFC);
}

// Decodes one value with code extensions. Bytes below 0x80 are in one set, G0, and bytes above in
// another, G1.
class Iso2022 {
 public:
  Iso2022(std::string_view value, const std::vector<CodedSet>& sets, bool person_name)
      : value_(value), person_name_(person_name) {
    const auto usable = [](CodedSet set) {
      return set != CodedSet::ascii && set != CodedSet::jisx0208 && set != CodedSet::jisx0212 && !IsWholeSet(set);
    };
    const auto found = std::find_if(sets.begin(), sets.end(), usable);
    if (found != sets.end()) first_high_ = *found;
    Reset();
  }

  std::optional<std::string> Decode() {
    while (at_ < value_.size()) {
      if (!Step()) return std::nullopt;
    }
    return Flush() ? std::optional(std::move(utf8_)) : std::nullopt;
  }

 private:
  void Reset() {
    low_ = CodedSet::ascii;
    high_ = first_high_;
  }

  bool Step() {
    const auto byte = static_cast<unsigned char>(value_[at_]);
    if (byte == 0x1B) return TakeEscape();
    if (byte >= 0x80) return TakeHigh(byte);
    if (IsPairSet(low_) && byte > 0x20 && byte < 0x7F) return TakeLowPair();
    const bool ends = byte < 0x20 || byte == '\\' || (person_name_ && (byte == '^' || byte == '='));
    if (!Append(CodedSet::ascii, 1)) return false;
    if (ends) Reset();
    return true;
  }

  bool TakeEscape() {
    const std::string_view rest = value_.substr(at_ + 1);
    for (const Escape& escape : kEscapes) {
      if (!rest.starts_with(escape.sequence)) continue;
      if (escape.high) {
        high_ = escape.set;
      } else {
        low_ = escape.set;
      }
      at_ += 1 + escape.sequence.size();
      return true;
    }
    return false;
  }

  bool TakeHigh(unsigned char byte) {
    if (!high_) return false;
    const bool pair = IsPairSet(*high_) || (high_ == CodedSet::katakana && IsLeadOfShiftJis(byte));
    return Append(*high_, pair ? 2 : 1);
  }

  // Converts the pair to the EUC form, as the converters want it. For the second set of kanji, a
  // third byte goes before it.
  bool TakeLowPair() {
    if (at_ + 1 >= value_.size()) return false;
    std::string pair;
    if (low_ == CodedSet::jisx0212) pair += '\x8F';
    for (const char c : value_.substr(at_, 2)) pair += static_cast<char>(static_cast<unsigned char>(c) | 0x80);
    at_ += 2;
    return AppendBytes(CodedSet::jisx0208, pair);
  }

  bool Append(CodedSet set, std::size_t count) {
    if (at_ + count > value_.size()) return false;
    const std::string_view bytes = value_.substr(at_, count);
    at_ += count;
    return AppendBytes(set, bytes);
  }

  bool AppendBytes(CodedSet set, std::string_view bytes) {
    if (set != run_set_ && !Flush()) return false;
    run_set_ = set;
    run_ += bytes;
    return true;
  }

  bool Flush() {
    if (run_.empty()) return true;
    const auto decoded = DecodeRun(run_, run_set_);
    run_.clear();
    if (decoded) utf8_ += *decoded;
    return decoded.has_value();
  }

  const std::string_view value_;
  const bool person_name_;
  std::optional<CodedSet> first_high_;
  CodedSet low_ = CodedSet::ascii;
  std::optional<CodedSet> high_;
  std::size_t at_ = 0;
  // The set of the bytes in run_, which wait to be converted together.
  CodedSet run_set_ = CodedSet::ascii;
  std::string run_;
  std::string utf8_;
};

}  // namespace

std::optional<std::string> Decode(std::string_view value, const std::vector<CodedSet>& sets, bool person_name) {
  const bool escaped = value.find('\x1B') != std::string_view::npos;
  if (!sets.empty() && IsWholeSet(sets.front()) && !escaped) return DecodeRun(value, sets.front());
  // This is Shift JIS, which includes JIS X 0201. A backslash may be the second byte of a kanji.
  if (sets.size() == 1 && sets.front() == CodedSet::katakana && !escaped) return DecodeRun(value, CodedSet::katakana);
  return Iso2022(value, sets, person_name).Decode();
}

std::optional<std::string> Encode(std::string_view utf8, CodedSet set) {
  if (set == CodedSet::utf8) return std::string(utf8);
  if (set == CodedSet::katakana || IsPairSet(set)) return std::nullopt;
  const Converter converter = OpenConverter(ConverterName(set));
  if (!converter) return std::nullopt;
  const icu::UnicodeString text = icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
  std::string bytes(4 * utf8.size() + 16, '\0');
  UErrorCode failure = U_ZERO_ERROR;
  const std::int32_t size = ucnv_fromUChars(converter.get(), bytes.data(), static_cast<std::int32_t>(bytes.size()),
                                            text.getBuffer(), text.length(), &failure);
  if (U_FAILURE(failure)) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}

void LoadConverters() {
  static std::vector<Converter> loaded;  // open converters keep ICU's tables loaded
  if (!loaded.empty()) return;
  UErrorCode failure = U_ZERO_ERROR;
  udata_setFileAccess(UDATA_NO_FILES, &failure);
  for (int set = 0; set <= static_cast<int>(CodedSet::gbk); ++set) {
    for (const char* name : {ReadingName(static_cast<CodedSet>(set)), ConverterName(static_cast<CodedSet>(set))}) {
      if (Converter converter = OpenConverter(name)) loaded.push_back(std::move(converter));
    }
  }
}

}  // namespace gateway::dicom
