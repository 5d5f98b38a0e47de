#include "openpgp/message_sequence.h"

#include <algorithm>
#include <cstring>

#include "openpgp/error_codes.h"

namespace gateway::openpgp {
namespace {

constexpr std::size_t kChunk = 65'536;
constexpr std::size_t kLongestHeader = 6;  // a tag and a length

// These packets may come before the encrypted data (RFC 4880 section 4.3, RFC 9580 section 5).
bool StandsBeforeMessage(unsigned tag) {
  return tag == 1 || tag == 3 || tag == 10 || tag == 21;  // session keys, marker, padding
}

bool IsEncryptedData(unsigned tag) {
  return tag == 9 || tag == 18 || tag == 20;
}

}  // namespace

Result<void> MessageSequence::Fill(std::size_t size) {
  while (ready_.size() < size && !at_end_) {
    GATEWAY_ASSIGN(const std::size_t count, ready_.ReadFrom(binary_, kChunk));
    at_end_ = count == 0;
  }
  return {};
}

std::size_t MessageSequence::ReadLength(std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(ready_.view()[at + i]); };
  const std::size_t there = ready_.size() - at;
  is_partial_ = false;
  if (there >= 1 && byte(0) < 192) {
    left_ = byte(0);
    return 1;
  }
  if (there >= 2 && byte(0) < 224) {
    left_ = ((byte(0) - 192U) << 8) + byte(1) + 192U;
    return 2;
  }
  if (there >= 1 && byte(0) >= 224 && byte(0) < 255) {
    left_ = 1ULL << (byte(0) & 0x1F);
    is_partial_ = true;
    return 1;
  }
  if (there >= 5 && byte(0) == 255) {
    left_ = (std::uint64_t{byte(1)} << 24) | (std::uint64_t{byte(2)} << 16) | (std::uint64_t{byte(3)} << 8) | byte(4);
    return 5;
  }
  return 0;
}

Result<void> MessageSequence::ReadPacketHeader() {
  GATEWAY_TRY(Fill(kLongestHeader));
  if (ready_.empty()) {
    state_ = State::end;
    return {};
  }
  const auto first = static_cast<unsigned char>(ready_.view().front());
  const bool new_format = (first & 0x40) != 0;
  const unsigned tag = new_format ? first & 0x3F : (first & 0x3C) >> 2;
  state_ = State::rest;
  if ((first & 0x80) == 0 || (!StandsBeforeMessage(tag) && !IsEncryptedData(tag))) return {};
  std::size_t size = 0;
  if (new_format) {
    size = ReadLength(1);
    if (size == 0) return {};
  } else {
    is_partial_ = false;
    const unsigned kind = first & 3;
    if (kind == 3) return {};  // to the end of the file
    size = 1U << kind;
    if (ready_.size() < 1 + size) return {};
    left_ = 0;
    for (std::size_t i = 1; i <= size; ++i) left_ = left_ << 8 | static_cast<unsigned char>(ready_.view()[i]);
  }
  ends_message_ = IsEncryptedData(tag);
  state_ = State::body;
  PassOn(1 + size);
  return {};
}

Result<void> MessageSequence::ReadChunkLength() {
  GATEWAY_TRY(Fill(kLongestHeader));
  const std::size_t size = ReadLength(0);
  state_ = size == 0 ? State::rest : State::body;
  PassOn(size);
  return {};
}

Result<std::size_t> MessageSequence::Read(std::span<char> buffer) {
  std::size_t done = 0;
  // A message comes in chunks of a few kilobytes, and each call costs its reader something.
  while (done < buffer.size()) {
    GATEWAY_ASSIGN(const std::size_t count, ReadPiece(buffer.subspan(done)));
    if (count == 0) break;
    done += count;
  }
  return done;
}

Result<std::size_t> MessageSequence::ReadPiece(std::span<char> buffer) {
  while (true) {
    if (left_of_header_ == 0) {
      if (state_ == State::end) return std::size_t{0};
      if (state_ == State::packet) {
        GATEWAY_TRY(ReadPacketHeader());
        continue;
      }
      if (state_ == State::chunk) {
        GATEWAY_TRY(ReadChunkLength());
        continue;
      }
      if (state_ == State::body && left_ == 0) {
        if (is_partial_) {
          state_ = State::chunk;
        } else {
          EndPacket();
        }
        continue;
      }
    }
    GATEWAY_TRY(Fill(1));
    if (ready_.empty()) {
      state_ = State::end;
      left_of_header_ = 0;
      return std::size_t{0};
    }
    std::size_t count = std::min(buffer.size(), ready_.size());
    if (left_of_header_ > 0) {
      count = std::min(count, left_of_header_);
      left_of_header_ -= count;
    } else if (state_ == State::body) {
      count = static_cast<std::size_t>(std::min<std::uint64_t>(count, left_));
      left_ -= count;
    }
    std::memcpy(buffer.data(), ready_.view().data(), count);
    ready_.Drop(count);
    return count;
  }
}

Result<void> MessageSequence::DropRest() {
  std::string dropped(kChunk, '\0');
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, Read(dropped));
    if (count == 0) return {};
  }
}

Result<bool> MessageSequence::Next() {
  if (!begun_) {
    begun_ = true;
    return true;
  }
  GATEWAY_TRY(DropRest());
  // Mail programs leave line ends and NULs behind a file.
  while (true) {
    GATEWAY_TRY(Fill(1));
    if (ready_.empty()) return false;
    const std::size_t blank = ready_.view().find_first_not_of(std::string_view(" \t\r\n\0", 5));
    ready_.Drop(blank);
    if (!ready_.empty()) break;
  }
  state_ = State::packet;
  if ((static_cast<unsigned char>(ready_.view().front()) & 0x80) != 0) return true;
  ready_.Drop(ready_.size());
  state_ = State::rest;
  GATEWAY_TRY(DropRest());
  return Corrupt(codes::kOpenpgpDamaged, "what follows the message is none");
}

}  // namespace gateway::openpgp
