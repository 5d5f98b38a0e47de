#include "dicom/pdu_watch.h"

#include <algorithm>

namespace gateway::dicom {
namespace {

constexpr std::uint8_t kAssociateRq = 1;
constexpr std::uint8_t kAssociateAc = 2;
constexpr std::uint8_t kData = 4;
constexpr std::uint8_t kProposedContext = 0x20;
constexpr std::uint8_t kAnsweredContext = 0x21;
constexpr std::uint64_t kFixedFields = 68;  // of a negotiation, before its items
constexpr std::uint64_t kMaxOther = 1024;   // other PDUs have four bytes
constexpr std::uint8_t kCommandBit = 1;
constexpr std::uint8_t kLastBit = 2;
// Presentation context and message control header. The length of a PDV counts them.
constexpr std::uint64_t kPdvFlags = 2;

std::uint64_t BigEndian32(const std::uint8_t* bytes) {
  return std::uint64_t{bytes[0]} << 24 | std::uint64_t{bytes[1]} << 16 | std::uint64_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

bool PduWatch::Fail(std::string_view why) {
  trouble_ = why;
  return false;
}

bool PduWatch::BeginPdu() {
  const std::uint8_t type = header_[0];
  const std::uint64_t length = BigEndian32(&header_[2]);
  negotiates_ = type == kAssociateRq || type == kAssociateAc;
  if (type == kData) {
    pdu_left_ = length;
    part_ = length == 0 ? Part::pdu_header : Part::pdv_header;
    return true;
  }
  if (negotiates_) return BeginNegotiation(length);
  if (length > kMaxOther) return Fail("protocol-error");
  pdu_left_ = 0;
  content_left_ = length;
  part_ = length == 0 ? Part::pdu_header : Part::content;
  return true;
}

bool PduWatch::BeginNegotiation(std::uint64_t length) {
  if (length > kMaxNegotiation) return Fail("negotiation-too-long");
  contexts_ = 0;
  content_left_ = std::min(length, kFixedFields);
  pdu_left_ = length - content_left_;
  part_ = length == 0 ? Part::pdu_header : Part::content;
  return true;
}

// It is up to DCMTK to find a wrong length.
bool PduWatch::BeginItem() {
  const std::uint8_t type = header_[0];
  const std::uint64_t length = std::uint64_t{header_[2]} << 8 | header_[3];
  pdu_left_ -= kItemHeader;
  content_left_ = std::min(length, pdu_left_);
  pdu_left_ -= content_left_;
  part_ = Part::content;
  if ((type == kProposedContext || type == kAnsweredContext) && ++contexts_ > kMaxContexts) {
    return Fail("too-many-contexts");
  }
  return true;
}

// A command set may come in many fragments, so their sum counts. It ends with the fragment that
// says that it is the last one.
bool PduWatch::BeginPdv() {
  const std::uint64_t length = BigEndian32(header_.data());
  const std::uint8_t flags = header_[5];
  if (length < kPdvFlags || length + 4 > pdu_left_) return Fail("protocol-error");
  content_left_ = length - kPdvFlags;
  pdu_left_ -= length + 4;
  if ((flags & kCommandBit) != 0) {
    command_ += content_left_;
    if (command_ > kMaxCommand) return Fail("command-too-long");
    if ((flags & kLastBit) != 0) command_ = 0;
  }
  part_ = Part::content;
  return true;
}

bool PduWatch::BeginPart() {
  switch (part_) {
    case Part::pdu_header:
      return BeginPdu();
    case Part::pdv_header:
      return BeginPdv();
    case Part::item_header:
      return BeginItem();
    case Part::content:
      break;
  }
  return true;
}

void PduWatch::EndContent() {
  if (pdu_left_ == 0) {
    part_ = Part::pdu_header;
  } else if (!negotiates_) {
    part_ = Part::pdv_header;
  } else if (pdu_left_ >= kItemHeader) {
    part_ = Part::item_header;
  } else {  // too few bytes for one more item
    content_left_ = pdu_left_;
    pdu_left_ = 0;
  }
}

bool PduWatch::Take(std::string_view bytes) {
  while (trouble_.empty()) {
    if (part_ == Part::content) {
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), content_left_));
      bytes.remove_prefix(step);
      content_left_ -= step;
      if (content_left_ > 0) return true;
      EndContent();
      continue;
    }
    if (bytes.empty()) return true;
    const std::size_t step = std::min(bytes.size(), HeaderSize() - have_);
    std::copy_n(bytes.begin(), step, header_.begin() + static_cast<std::ptrdiff_t>(have_));
    bytes.remove_prefix(step);
    have_ += step;
    if (have_ < HeaderSize()) return true;
    have_ = 0;
    if (!BeginPart()) return false;
  }
  return false;
}

}  // namespace gateway::dicom
