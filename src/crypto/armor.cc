#include "crypto/armor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "base/base64.h"

namespace gateway::crypto {
namespace {

constexpr std::string_view kHead = "-----BEGIN PGP MESSAGE-----";
constexpr std::string_view kTail = "-----END PGP MESSAGE-----";
constexpr std::size_t kColumns = 64;
constexpr std::size_t kBlock = 48 * 1024UL;  // bytes that make whole lines
constexpr std::size_t kChunk = 65'536;
constexpr std::size_t kLongestLine = 65'536;
constexpr std::size_t kShortest = 5;  // of the lines that may be anything but base64: the checksum

// RFC 4880 section 6.1, sixteen bytes at a time; the checksum stands in the upper 24 bits.
constexpr std::uint32_t kCrcStart = 0xB704CE00;
constexpr std::uint32_t kCrcPolynomial = 0x864CFB00;
using CrcTables = std::array<std::array<std::uint32_t, 256>, 16>;

constexpr CrcTables MakeCrcTables() {
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte << 24;
    for (int bit = 0; bit < 8; ++bit) crc = crc << 1 ^ ((crc & 0x80000000) != 0 ? kCrcPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t table = 1; table < tables.size(); ++table) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[table - 1][byte];
      tables[table][byte] = crc << 8 ^ tables[0][crc >> 24];
    }
  }
  return tables;
}
constexpr CrcTables kCrc = MakeCrcTables();

std::uint32_t BigEndian(const char* bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  return __builtin_bswap32(value);
}

std::uint32_t AddToCrc(std::uint32_t crc, std::string_view bytes) {
  for (; bytes.size() >= 16; bytes.remove_prefix(16)) {
    const std::array words{crc ^ BigEndian(bytes.data()), BigEndian(bytes.data() + 4), BigEndian(bytes.data() + 8),
                           BigEndian(bytes.data() + 12)};
    crc = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::size_t table = 15 - 4 * i;
      crc ^= kCrc[table][words[i] >> 24] ^ kCrc[table - 1][words[i] >> 16 & 0xFF] ^
             kCrc[table - 2][words[i] >> 8 & 0xFF] ^ kCrc[table - 3][words[i] & 0xFF];
    }
  }
  for (const char c : bytes) crc = crc << 8 ^ kCrc[0][crc >> 24 ^ static_cast<unsigned char>(c)];
  return crc;
}

std::string_view Trimmed(std::string_view line) {
  // Most lines end in CR, or in nothing at all.
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.empty() && line.back() > ' ') return line;
  const std::size_t last = line.find_last_not_of(" \t\r");
  return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

bool IsChecksum(std::string_view line) {
  return line.size() == 5 && line[0] == '=';
}

Error Damaged(std::string_view what) {
  return Corrupt("openpgp-damaged", std::string(what));
}

}  // namespace

Result<void> ArmorWriter::Write(std::string_view bytes) {
  if (!begun_) {
    begun_ = true;
    crc_ = kCrcStart;
    lines_.append(kHead).append("\r\n\r\n");
  }
  if (pending_.empty()) {
    const std::size_t whole = bytes.size() / kBlock * kBlock;
    if (whole > 0) {
      crc_ = AddToCrc(crc_, bytes.substr(0, whole));
      AppendBase64Lines(bytes.substr(0, whole), kColumns, lines_);
      bytes.remove_prefix(whole);
      GATEWAY_TRY(Flush());
    }
  }
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), kBlock - pending_.size());
    pending_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (pending_.size() < kBlock) break;
    crc_ = AddToCrc(crc_, pending_);
    AppendBase64Lines(pending_, kColumns, lines_);
    pending_.clear();
    GATEWAY_TRY(Flush());
  }
  return {};
}

Result<void> ArmorWriter::Flush() {
  Result<void> written = text_.Write(lines_);
  lines_.clear();
  return written;
}

Result<void> ArmorWriter::Finish() {
  GATEWAY_TRY(Write({}));
  crc_ = AddToCrc(crc_, pending_);
  AppendBase64Lines(pending_, kColumns, lines_);
  const std::array<char, 3> checksum{static_cast<char>(crc_ >> 24), static_cast<char>(crc_ >> 16 & 0xFF),
                                     static_cast<char>(crc_ >> 8 & 0xFF)};
  lines_ += '=';
  AppendBase64Lines({checksum.data(), checksum.size()}, kColumns, lines_);
  lines_.append(kTail).append("\r\n");
  return Flush();
}

Result<std::size_t> ArmorReader::Read(std::span<char> buffer) {
  if (position_ == bytes_.size()) {
    bytes_.clear();
    position_ = 0;
    GATEWAY_TRY(Produce());
  }
  const std::size_t count = std::min(buffer.size(), bytes_.size() - position_);
  std::memcpy(buffer.data(), bytes_.data() + position_, count);
  position_ += count;
  return count;
}

Result<void> ArmorReader::Produce() {
  while (bytes_.empty()) {
    if (state_ == State::after) return {};
    if (at_end_ && input_.empty()) {
      return state_ == State::raw || state_ == State::start ? Result<void>() : Damaged("the armor has no end");
    }
    GATEWAY_TRY(Fill());
    if (state_ == State::start) {
      if (input_.size() < kHead.size() && !at_end_) continue;
      state_ = input_.starts_with(kHead) ? State::header : State::raw;
      if (state_ == State::header) input_.erase(0, kHead.size());
    }
    if (state_ == State::raw) {
      bytes_.swap(input_);
    } else {
      GATEWAY_TRY(TakeLines());
    }
  }
  return {};
}

Result<void> ArmorReader::Fill() {
  if (at_end_) return {};
  const std::size_t before = input_.size();
  input_.resize(before + kChunk);
  const Result<std::size_t> count = text_.Read({input_.data() + before, kChunk});
  input_.resize(before + (count ? *count : 0));
  if (!count) return count.error();
  at_end_ = *count == 0;
  return {};
}

Result<void> ArmorReader::TakeLines() {
  std::size_t begin = 0;
  while (state_ != State::after && begin < input_.size()) {
    std::size_t end = input_.find('\n', begin);
    if (end == std::string::npos) {
      if (!at_end_) break;
      end = input_.size();
    }
    const std::string_view line = Trimmed(std::string_view(input_).substr(begin, end - begin));
    if (state_ == State::data && line.size() > kShortest && line.front() != '-') {
      base64_.append(line);
    } else {
      GATEWAY_TRY(TakeLine(line));
    }
    begin = std::min(end + 1, input_.size());
  }
  input_.erase(0, begin);
  if (input_.size() > kLongestLine) return Damaged("a line of the armor is too long");
  return Decode(state_ == State::after);
}

Result<void> ArmorReader::TakeLine(std::string_view line) {
  if (state_ == State::header) {
    // The rest of the head's own line, header fields, and an empty line; where that is missing, the first of the data.
    if (!saw_head_line_) {
      saw_head_line_ = true;
      return line.empty() ? Result<void>() : Damaged("text behind the armor's head line");
    }
    if (line.empty()) {
      state_ = State::data;
      return {};
    }
    if (line.find(": ") != std::string_view::npos || line.ends_with(":")) return {};
    state_ = State::data;
  }
  if (line.starts_with("-----END ")) {
    state_ = State::after;
  } else if (!IsChecksum(line)) {
    base64_.append(line);
  }
  return {};
}

Result<void> ArmorReader::Decode(bool last) {
  const std::size_t whole = base64_.size() / 4 * 4;
  if (last && whole != base64_.size()) return Damaged("the armor's base64 is cut");
  if (!AppendBase64Decoded(std::string_view(base64_).substr(0, whole), bytes_))
    return Damaged("no base64 in the armor");
  base64_.erase(0, whole);
  return {};
}

}  // namespace gateway::crypto
