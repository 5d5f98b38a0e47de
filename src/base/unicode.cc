#include "base/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include <algorithm>

#include "base/utf8.h"

namespace gateway {

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

}  // namespace gateway
