#include "base/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

#include "base/utf8.h"

namespace gateway {
namespace {

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};

}  // namespace

std::string Nfc(std::string_view text) {
  const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::string normal;
  if (ascii || ValidUtf8Prefix(text) != text.size()) return std::string(text);
  UErrorCode failure = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFCInstance(failure);
  if (U_FAILURE(failure)) return std::string(text);
  icu::StringByteSink<std::string> sink(&normal);
  form->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr, failure);
  return U_FAILURE(failure) ? std::string(text) : normal;
}

std::string FoldCase(std::string_view text) {
  std::string folded;
  icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())}).foldCase().toUTF8String(folded);
  return folded;
}

std::optional<std::string> ToUtf8(std::string_view text, const char* charset) {
  UErrorCode failure = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(charset, &failure));
  if (!converter || U_FAILURE(failure)) return std::nullopt;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &failure);
  const icu::UnicodeString wide(text.data(), static_cast<std::int32_t>(text.size()), converter.get(), failure);
  if (U_FAILURE(failure)) return std::nullopt;
  std::string utf8;
  wide.toUTF8String(utf8);
  return utf8;
}

}  // namespace gateway
