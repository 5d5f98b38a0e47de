#include "mime/fragment_bodies.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "mime/error_codes.h"
#include "mime/mail_reader.h"

namespace gateway::mime {
namespace {

// So many bytes are read on each side of a seam, which is enough for two lines.
constexpr std::uint64_t kLook = 2048;
constexpr std::size_t kShortestFullLine = 32;

Result<std::string> ReadRange(int fd, ByteRange range) {
  std::string text(range.length, '\0');
  FdSource source(fd, range);
  GATEWAY_ASSIGN([[maybe_unused]] const std::size_t filled, ReadFully(source, text));
  return text;
}

Result<std::string> ReadStart(int fd, ByteRange range) {
  return ReadRange(fd, {range.offset, std::min(range.length, kLook)});
}

Result<std::string> ReadEnd(int fd, ByteRange range) {
  const std::uint64_t length = std::min(range.length, kLook);
  return ReadRange(fd, {range.offset + range.length - length, length});
}

// Returns whether this is base64 of 7bit text, which is what a fragment holds.
Result<bool> DecodesToText(int fd, ByteRange range) {
  const auto source = OpenDecoded(fd, {range.offset, std::min(range.length, kLook)}, TransferEncoding::base64);
  std::string text(kLook, '\0');
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, text));
  text.resize(filled);
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c >= 32 && c < 127) || (c >= 9 && c <= 13); });
}

bool IsBase64(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=';
  });
}

bool IsFullDataLine(std::string_view line) {
  return line.size() >= kShortestFullLine && IsBase64(line);
}

bool ContinuesData(std::string_view line) {
  return (!line.empty() && IsBase64(line)) || line.starts_with("-----END PGP ");
}

// These return 0 if `text` does not end (or start) with a line end.
std::size_t LineEndAtEnd(std::string_view text) {
  return text.ends_with("\r\n") ? 2 : text.ends_with('\n') ? 1 : 0;
}
std::size_t LineEndAtStart(std::string_view text) {
  return text.starts_with("\r\n") ? 2 : text.starts_with('\n') ? 1 : 0;
}

// These return lines without their line ends.
std::string_view LastLine(std::string_view text) {
  text.remove_suffix(LineEndAtEnd(text));
  return text.substr(text.rfind('\n') + 1);
}
std::string_view FirstLine(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

Result<void> CheckPartial(const Envelope& envelope, const Partial& first, std::size_t number, std::size_t count) {
  if (!envelope.partial || envelope.partial->id != first.id || envelope.partial->number != number ||
      (envelope.partial->total != 0 && envelope.partial->total != count)) {
    return Corrupt(codes::kFragmentsDamaged, "the fragments do not make one message");
  }
  return {};
}

}  // namespace

Result<FragmentBodies> FragmentBodies::Open(const std::vector<int>& fragments, const ReadLimits& limits) {
  FragmentBodies bodies;
  std::optional<Partial> first;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    GATEWAY_ASSIGN(const Envelope envelope, ReadEnvelope(fragments[i], limits));
    if (!first) first = envelope.partial.value_or(Partial{});
    GATEWAY_TRY(CheckPartial(envelope, *first, i + 1, fragments.size()));
    total += envelope.body.length;
    if (total > limits.message_size) return Corrupt(codes::kMailTooLarge);
    GATEWAY_ASSIGN(HeaderBlock header, HeaderBlock::Read(fragments[i], {0, envelope.body.offset}, limits.header_size));
    bodies.pieces_.push_back(
        {fragments[i], envelope.body, ParseTransferEncoding(header.Value("Content-Transfer-Encoding").value_or(""))});
    if (i == 0) bodies.first_header_ = std::move(header);
  }
  if (fragments.empty()) return Corrupt(codes::kFragmentsDamaged, "no fragments");
  GATEWAY_TRY(bodies.CorrectEncodings());
  for (std::size_t i = 0; i + 1 < bodies.pieces_.size(); ++i) {
    GATEWAY_TRY(bodies.TrimSeam(bodies.pieces_[i], bodies.pieces_[i + 1]));
  }
  return bodies;
}

Result<void> FragmentBodies::CorrectEncodings() {
  // One can hardly tell whether armor was encoded once more, but one can tell it of the header at
  // the start of fragment 1. A sender who declares the encoding of fragment 1 wrongly does so for
  // all fragments.
  Piece& first = pieces_[0];
  GATEWAY_ASSIGN(const std::string beginning, ReadStart(first.fd, first.body));
  const TransferEncoding declared = first.encoding;
  const bool wrong =
      (declared == TransferEncoding::base64 && FirstLine(beginning).find(':') != std::string_view::npos) ||
      (declared == TransferEncoding::quoted_printable && HasBareEquals(beginning));
  for (Piece& piece : pieces_) {
    // No mail server re-encodes like this.
    if (piece.encoding == TransferEncoding::uuencode) piece.encoding = TransferEncoding::identity;
    if (wrong && piece.encoding == declared) piece.encoding = TransferEncoding::identity;
    if (piece.encoding == TransferEncoding::quoted_printable) {
      GATEWAY_ASSIGN(const std::string start, ReadStart(piece.fd, piece.body));
      GATEWAY_ASSIGN(const std::string end, ReadEnd(piece.fd, piece.body));
      if (HasBareEquals(start) || HasBareEquals(end)) piece.encoding = TransferEncoding::identity;
    } else if (piece.encoding == TransferEncoding::base64 && declared != TransferEncoding::base64) {
      GATEWAY_ASSIGN(const bool text, DecodesToText(piece.fd, piece.body));
      if (!text) piece.encoding = TransferEncoding::identity;
    }
  }
  return {};
}

Result<void> FragmentBodies::TrimSeam(Piece& left, Piece& right) {
  if (left.encoding != TransferEncoding::identity || right.encoding != TransferEncoding::identity) return {};
  GATEWAY_ASSIGN(const std::string end_text, ReadEnd(left.fd, left.body));
  GATEWAY_ASSIGN(const std::string start_text, ReadStart(right.fd, right.body));
  std::string_view before = end_text;
  std::string_view after = start_text;
  const std::size_t left_blank = LastLine(before).empty() ? LineEndAtEnd(before) : 0;
  const std::size_t right_blank = LineEndAtStart(after);
  before.remove_suffix(left_blank);
  after.remove_prefix(right_blank);
  if (LineEndAtEnd(before) == 0 || !IsFullDataLine(LastLine(before)) || !ContinuesData(FirstLine(after))) return {};
  left.body.length -= left_blank;
  right.body.offset += right_blank;
  right.body.length -= right_blank;
  return {};
}

Result<std::size_t> FragmentBodies::Read(std::span<char> buffer) {
  while (true) {
    if (current_) {
      GATEWAY_ASSIGN(const std::size_t count, current_->Read(buffer));
      if (count > 0) return count;
      current_.reset();
    }
    if (next_ == pieces_.size()) return std::size_t{0};
    const Piece& piece = pieces_[next_++];
    current_ = OpenDecoded(piece.fd, piece.body, piece.encoding);
  }
}

}  // namespace gateway::mime
