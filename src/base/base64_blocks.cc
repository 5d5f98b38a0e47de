// The method is that of W. Muła and D. Lemire, "Faster Base64 Encoding and Decoding Using AVX2
// Instructions" (2018).
#include "base/base64_blocks.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gateway {

#if defined(__x86_64__)
namespace {

constexpr std::size_t kRaw = 24;      // bytes of which one register of text is made
constexpr std::size_t kText = 32;     // characters of one register of text
constexpr std::size_t kRawRead = 28;  // bytes that are read for one block, which are more than it uses
// A block writes a whole register of bytes. So many characters must be left that `raw` has room for
// it.
constexpr std::size_t kTextLeft = 48;
constexpr std::size_t kLongestLine = 1024;

bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

// Puts the same 16 bytes into both halves.
__attribute__((target("avx2"))) __m256i Twice(__m128i half) {
  return _mm256_broadcastsi128_si256(half);
}

__attribute__((target("avx2"))) void EncodeBlock(const char* raw, char* text) {
  const __m256i in =
      _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(raw))),
                              _mm_loadu_si128(reinterpret_cast<const __m128i*>(raw + kRaw / 2)), 1);
  // This spreads each three bytes over four, and then puts six bits into each byte.
  const __m256i spread =
      _mm256_shuffle_epi8(in, Twice(_mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10)));
  const __m256i odd =
      _mm256_mulhi_epu16(_mm256_and_si256(spread, _mm256_set1_epi32(0x0FC0FC00)), _mm256_set1_epi32(0x04000040));
  const __m256i even =
      _mm256_mullo_epi16(_mm256_and_si256(spread, _mm256_set1_epi32(0x003F03F0)), _mm256_set1_epi32(0x01000010));
  const __m256i values = _mm256_or_si256(odd, even);
  // This table says what to add to a value, depending on its range: A-Z, a-z, each digit, plus,
  // slash.
  const __m256i offsets = Twice(_mm_setr_epi8(65, 71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0));
  const __m256i range =
      _mm256_sub_epi8(_mm256_subs_epu8(values, _mm256_set1_epi8(51)), _mm256_cmpgt_epi8(values, _mm256_set1_epi8(25)));
  const __m256i characters = _mm256_add_epi8(values, _mm256_shuffle_epi8(offsets, range));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(text), characters);
}

// Returns false if something in the text is no base64.
__attribute__((target("avx2"))) bool DecodeBlock(const char* text, char* raw) {
  const __m256i in = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  const __m256i slash = _mm256_set1_epi8('/');  // also the mask of a nibble: the shuffle ignores bit 5
  const __m256i high = _mm256_and_si256(_mm256_srli_epi32(in, 4), slash);
  const __m256i low = _mm256_and_si256(in, slash);
  // A character is outside the alphabet if the bits for its two nibbles meet.
  const __m256i by_high = _mm256_shuffle_epi8(Twice(_mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10,
                                                                  0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10)),
                                              high);
  const __m256i by_low = _mm256_shuffle_epi8(Twice(_mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                                                 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A)),
                                             low);
  if (_mm256_testz_si256(by_high, by_low) == 0) return false;
  const __m256i offsets = Twice(_mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i range = _mm256_add_epi8(_mm256_cmpeq_epi8(in, slash), high);
  const __m256i values = _mm256_add_epi8(in, _mm256_shuffle_epi8(offsets, range));
  // This packs four values of six bits into three bytes, and moves these to the front.
  const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
  const __m256i triples = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i packed =
      _mm256_shuffle_epi8(triples, Twice(_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1)));
  const __m256i bytes = _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(raw), bytes);
  return true;
}

__attribute__((target("avx2"))) std::size_t EncodeWithAvx2(std::string_view raw, std::size_t line, char* text) {
  std::size_t done = 0;
  // The last block of a line reads more bytes than it uses, so these must be there as well.
  for (; raw.size() - done >= line - kRaw + kRawRead; done += line) {
    const char* const from = raw.data() + done;
    for (std::size_t i = 0; i + kRaw <= line; i += kRaw) EncodeBlock(from + i, text + i / 3 * 4);
    // The last block of a line overlaps the one before it and writes some of it again.
    if (line % kRaw != 0) EncodeBlock(from + line - kRaw, text + line / 3 * 4 - kText);
    text += line / 3 * 4;
    *text++ = '\r';
    *text++ = '\n';
  }
  return done;
}

__attribute__((target("avx2"))) std::size_t DecodeWithAvx2(std::string_view base64, char* raw) {
  std::size_t done = 0;
  while (base64.size() - done >= kTextLeft && DecodeBlock(base64.data() + done, raw + done / 4 * 3)) done += kText;
  return done;
}

__attribute__((target("avx2"))) DecodedLines DecodeLinesWithAvx2(std::string_view text, std::size_t line,
                                                                 std::string_view end, char* raw) {
  DecodedLines done;
  const std::size_t step = line + end.size();
  for (; text.size() - done.characters >= step; done.characters += step, done.bytes += line / 4 * 3) {
    const char* const from = text.data() + done.characters;
    char* const to = raw + done.bytes;
    bool good = from[line] == end.front() && from[step - 1] == '\n';
    for (std::size_t i = 0; good && i + kText <= line; i += kText) good = DecodeBlock(from + i, to + i / 4 * 3);
    // The last block of a line overlaps the one before it and writes some of it again.
    if (good && line % kText != 0) good = DecodeBlock(from + line - kText, to + line / 4 * 3 - kRaw);
    if (!good) break;
  }
  return done;
}

}  // namespace

std::size_t EncodeWholeLines(std::string_view raw, std::size_t columns, char* text) {
  if (columns % 4 != 0 || columns < kText || !HasAvx2()) return 0;
  return EncodeWithAvx2(raw, columns / 4 * 3, text);
}

std::size_t DecodeBlocks(std::string_view base64, char* raw) {
  return HasAvx2() ? DecodeWithAvx2(base64, raw) : 0;
}

DecodedLines DecodeWholeLines(std::string_view text, char* raw) {
  const std::size_t newline = text.substr(0, kLongestLine).find('\n');
  if (newline == std::string_view::npos || newline < kText || !HasAvx2()) return {};
  const bool crlf = text[newline - 1] == '\r';
  const std::size_t line = newline - (crlf ? 1 : 0);
  if (line < kText || line % 4 != 0) return {};
  return DecodeLinesWithAvx2(text, line, crlf ? "\r\n" : "\n", raw);
}

#else

std::size_t EncodeWholeLines(std::string_view, std::size_t, char*) {
  return 0;
}

std::size_t DecodeBlocks(std::string_view, char*) {
  return 0;
}

DecodedLines DecodeWholeLines(std::string_view, char*) {
  return {};
}

#endif

}  // namespace gateway
