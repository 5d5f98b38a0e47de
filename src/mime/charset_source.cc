#include "mime/charset_source.h"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/ascii.h"
#include "base/unicode.h"

namespace gateway::mime {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
// The signs that armor consists of.
constexpr std::string_view kSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789 +/= -----: \r\n";

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using Converter = std::unique_ptr<UConverter, CloseConverter>;

Converter OpenConverter(const char* charset) {
  UErrorCode failure = U_ZERO_ERROR;
  Converter converter(ucnv_open(charset, &failure));
  return U_FAILURE(failure) != 0 ? nullptr : std::move(converter);
}

class CharsetSource : public Source {
 public:
  CharsetSource(std::unique_ptr<Source> text, Converter from, Converter to)
      : text_(std::move(text)), from_(std::move(from)), to_(std::move(to)) {}

  Result<std::size_t> Read(std::span<char> buffer) override {
    while (position_ == filled_ && !ended_) {
      GATEWAY_TRY(Convert());
      if (!begun_) SkipMark();
    }
    const std::size_t count = std::min(buffer.size(), filled_ - position_);
    std::memcpy(buffer.data(), converted_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  void SkipMark() {
    if (filled_ == 0) return;
    begun_ = true;
    if (std::string_view(converted_.data(), filled_).starts_with(kMark)) position_ = kMark.size();
  }

  // Fills converted_, if there is anything to fill it with.
  Result<void> Convert() {
    if (next_ == end_ && !all_read_) {
      GATEWAY_ASSIGN(const std::size_t count, text_->Read(raw_));
      next_ = raw_.data();
      end_ = next_ + count;
      all_read_ = count == 0;
    }
    UErrorCode failure = U_ZERO_ERROR;
    char* target = converted_.data();
    ucnv_convertEx(to_.get(), from_.get(), &target, converted_.data() + converted_.size(), &next_, end_, pivot_.data(),
                   &pivot_next_, &pivot_end_, pivot_.data() + pivot_.size(), 0, all_read_ ? 1 : 0, &failure);
    position_ = 0;
    filled_ = static_cast<std::size_t>(target - converted_.data());
    if (failure == U_BUFFER_OVERFLOW_ERROR) return {};
    // Any other failure ends the text, as its end does.
    ended_ = all_read_ || U_FAILURE(failure) != 0;
    return {};
  }

  std::unique_ptr<Source> text_;
  Converter from_;
  Converter to_;
  std::array<char, 16'384> raw_{};
  const char* next_ = raw_.data();  // what of raw_ is not converted yet
  const char* end_ = raw_.data();
  std::array<UChar, 8'192> pivot_{};
  UChar* pivot_next_ = pivot_.data();
  UChar* pivot_end_ = pivot_.data();
  std::array<char, 32'768> converted_{};
  std::size_t position_ = 0;
  std::size_t filled_ = 0;
  bool begun_ = false;
  bool all_read_ = false;
  bool ended_ = false;
};

// Returns false as well if nobody knows the character set.
bool IsWide(const std::string& charset) {
  if (charset.empty() || !OpenConverter(charset.c_str())) return false;
  return ToUtf8(kSigns, charset.c_str()) != std::string(kSigns);
}

}  // namespace

std::vector<std::string> WideCharsets(std::string_view beginning, const std::string& declared) {
  UErrorCode failure = U_ZERO_ERROR;
  std::int32_t mark = 0;
  const auto length = static_cast<std::int32_t>(std::min<std::size_t>(beginning.size(), 16));
  const char* const marked = ucnv_detectUnicodeSignature(beginning.data(), length, &mark, &failure);
  if (marked != nullptr && U_SUCCESS(failure) != 0) {
    return IsWide(marked) ? std::vector<std::string>{marked} : std::vector<std::string>();
  }
  if (!IsWide(declared)) return {};
  // Without a mark these are big endian by RFC 2781, and little endian as Windows writes them.
  const std::string name = LowerCase(declared);
  if (name == "utf-16" || name == "utf-32") return {declared, declared + "LE"};
  return {declared};
}

std::unique_ptr<Source> OpenAsUtf8(std::unique_ptr<Source> text, const std::string& charset) {
  Converter from = OpenConverter(charset.c_str());
  Converter to = OpenConverter("UTF-8");
  if (!from || !to) return nullptr;
  return std::make_unique<CharsetSource>(std::move(text), std::move(from), std::move(to));
}

std::unique_ptr<Source> OpenText(int fd, ByteRange range, TransferEncoding encoding, const std::string& charset) {
  std::unique_ptr<Source> decoded = OpenDecoded(fd, range, encoding);
  if (charset.empty()) return decoded;
  std::unique_ptr<Source> text = OpenAsUtf8(std::move(decoded), charset);
  return text ? std::move(text) : OpenDecoded(fd, range, encoding);
}

}  // namespace gateway::mime
