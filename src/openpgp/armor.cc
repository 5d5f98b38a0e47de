#include "openpgp/armor.h"

#include <gcrypt.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "base/base64.h"
#include "base/secret.h"
#include "openpgp/error_codes.h"

namespace gateway::openpgp {
namespace {

constexpr std::string_view kHead = "-----BEGIN PGP MESSAGE-----";
constexpr std::string_view kTail = "-----END PGP MESSAGE-----";
constexpr std::size_t kColumns = 64;
constexpr std::size_t kBlock = 48 * 1024UL;  // bytes that make whole lines
constexpr std::size_t kChunk = 65'536;
constexpr std::size_t kLongestLine = 65'536;
constexpr std::size_t kChecksumSize = 3;
// Only lines up to this length may be anything but base64: the checksum.
constexpr std::size_t kShortest = 5;

void PrepareGcrypt() {
  static const bool prepared = [] {
    if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P) != 0) return true;
    (void)gcry_check_version(nullptr);
    (void)gcry_control(GCRYCTL_DISABLE_SECMEM, 0);  // there are no secrets here
    (void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    return true;
  }();
  (void)prepared;
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
  return Corrupt(codes::kOpenpgpDamaged, std::string(what));
}

}  // namespace

ArmorWriter::ArmorWriter(Sink& text) : text_(text) {
  PrepareGcrypt();
  gcry_md_hd_t checksum = nullptr;
  // A machine in FIPS mode does not have this checksum.
  if (gcry_md_open(&checksum, GCRY_MD_CRC24_RFC2440, 0) == 0) checksum_.reset(checksum);
  lines_.append(kHead).append("\r\n\r\n");
}

void ArmorWriter::CloseChecksum::operator()(gcry_md_handle* checksum) const {
  gcry_md_close(checksum);
}

void ArmorWriter::Encode(std::string_view bytes) {
  if (checksum_) gcry_md_write(checksum_.get(), bytes.data(), bytes.size());
  AppendBase64Lines(bytes, kColumns, lines_);
}

Result<void> ArmorWriter::Write(std::string_view bytes) {
  if (pending_.empty()) {
    const std::size_t whole = bytes.size() / kBlock * kBlock;
    if (whole > 0) {
      Encode(bytes.substr(0, whole));
      bytes.remove_prefix(whole);
      GATEWAY_TRY(Flush());
    }
  }
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), kBlock - pending_.size());
    pending_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (pending_.size() < kBlock) break;
    Encode(pending_);
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
  Encode(pending_);
  if (checksum_) {
    lines_ += '=';
    const unsigned char* const crc = gcry_md_read(checksum_.get(), GCRY_MD_CRC24_RFC2440);
    AppendBase64Lines({reinterpret_cast<const char*>(crc), kChecksumSize}, kColumns, lines_);
  }
  lines_.append(kTail).append("\r\n");
  return Flush();
}

ArmorReader::~ArmorReader() {
  input_.Wipe();
  for (std::string* text : {&base64_, &bytes_}) WipeText(*text);
}

Result<std::size_t> ArmorReader::Read(std::span<char> buffer) {
  if (position_ == bytes_.size()) {
    // Without armor there is nothing to do, as soon as what was read to find that out has gone.
    if (state_ == State::raw && input_.empty() && !at_end_) return text_.Read(buffer);
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
      if (input_.size() < head_.size() && !at_end_) continue;
      state_ = input_.view().starts_with(head_) ? State::header : State::raw;
      if (state_ == State::header) input_.Drop(head_.size());
    }
    if (state_ == State::raw) {
      bytes_.assign(input_.view());
      input_.Drop(input_.size());
    } else {
      GATEWAY_TRY(TakeLines());
    }
  }
  return {};
}

Result<void> ArmorReader::Fill() {
  if (at_end_) return {};
  GATEWAY_ASSIGN(const std::size_t count, input_.ReadFrom(text_, kChunk));
  at_end_ = count == 0;
  return {};
}

Result<void> ArmorReader::TakeLines() {
  const std::string_view input = input_.view();
  std::size_t begin = 0;
  bool tried = false;
  while (state_ != State::after && begin < input.size()) {
    // This takes nearly all of a message. It is tried only once, because it costs as much as all of
    // the text if there are no such lines.
    if (state_ == State::data && !tried && base64_.empty()) {
      tried = true;
      begin += AppendBase64LinesDecoded(input.substr(begin), bytes_);
    }
    std::size_t end = input.find('\n', begin);
    if (end == std::string_view::npos) {
      if (!at_end_) break;
      end = input.size();
    }
    const std::string_view line = Trimmed(input.substr(begin, end - begin));
    if (state_ == State::data && line.size() > kShortest && line.front() != '-') {
      base64_.append(line);
    } else {
      GATEWAY_TRY(TakeLine(line));
    }
    begin = std::min(end + 1, input.size());
  }
  input_.Drop(begin);
  if (input_.size() > kLongestLine) return Damaged("a line of the armor is too long");
  return Decode(state_ == State::after);
}

Result<void> ArmorReader::TakeLine(std::string_view line) {
  if (state_ == State::header) {
    // First comes the rest of the head's own line, then header fields, then an empty line. If that
    // is missing, this is the first line of the data.
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

}  // namespace gateway::openpgp
