#include "dicom/sample_hash.h"

#include <algorithm>
#include <cstring>

namespace gateway::dicom {
namespace {

constexpr std::uint64_t kMostFrames = std::uint64_t{1} << 20;
// The largest frame, in bytes, whose planes are put together.
constexpr std::uint64_t kLargestPlanes = std::uint64_t{1} << 26;
constexpr std::size_t kPiece = 65'536;

// There is a loop of its own for each width, because it runs over every pixel that comes.
template <typename Stored, typename Kept>
void TakeValues(std::string_view piece, const ImageForm& form, std::string& values) {
  const auto shift = static_cast<unsigned>(form.high_bit + 1 - form.stored);
  const unsigned mask = (1U << form.stored) - 1;
  const std::size_t count = piece.size() / sizeof(Stored);
  values.resize(count * sizeof(Kept));
  const char* from = piece.data();
  char* to = values.data();
  for (std::size_t i = 0; i < count; ++i, from += sizeof(Stored), to += sizeof(Kept)) {
    Stored stored;  // in the machine's order, which is little endian
    std::memcpy(&stored, from, sizeof stored);
    const auto kept = static_cast<Kept>(stored >> shift & mask);
    std::memcpy(to, &kept, sizeof kept);
  }
}

}  // namespace

bool ImageForm::HasSamples() const {
  const bool bits = (allocated == 8 || allocated == 16 || allocated == 32) && stored >= 1 && stored <= high_bit + 1 &&
                    high_bit < allocated;
  // With 4:2:2 and 4:2:0, fewer values are stored than pixels have.
  const bool full = photometric.find("42") == std::string::npos;
  const bool size = rows > 0 && columns > 0 && rows <= 0xFFFF && columns <= 0xFFFF && samples >= 1 && samples <= 4 &&
                    frames >= 1 && frames <= kMostFrames;
  return bits && full && size && (samples == 1 || planar == 0 || FrameSize() <= kLargestPlanes);
}

std::string Interleaved(std::string_view frame, const ImageForm& form) {
  const auto samples = static_cast<std::size_t>(form.samples);
  const auto width = static_cast<std::size_t>(form.allocated / 8);
  std::string out(frame.size(), '\0');
  const std::size_t plane = frame.size() / samples;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    for (std::size_t i = 0; i < plane / width; ++i) {
      std::memcpy(&out[(i * samples + sample) * width], &frame[sample * plane + i * width], width);
    }
  }
  return out;
}

std::string ImageForm::Meaning() const {
  std::string text = photometric;
  for (const std::uint64_t number : {rows, columns, frames, samples, stored, representation}) {
    text += ' ' + std::to_string(number);
  }
  return text;
}

Result<void> SampleHash::Write(std::string_view bytes) {
  bytes = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), left_));
  left_ -= bytes.size();
  const std::size_t unit = form_.HasPlanes() ? form_.FrameSize() : form_.allocated / 8;
  if (!waiting_.empty()) {
    const std::size_t missing = std::min(unit - waiting_.size(), bytes.size());
    waiting_ += bytes.substr(0, missing);
    bytes.remove_prefix(missing);
    if (waiting_.size() < unit) return {};
    GATEWAY_TRY(AddFrames(waiting_));
    waiting_.clear();
  }
  const std::size_t whole = bytes.size() / unit * unit;
  waiting_ = bytes.substr(whole);
  return AddFrames(bytes.substr(0, whole));
}

// Takes whole frames if their colours are in planes, and otherwise whole samples.
Result<void> SampleHash::AddFrames(std::string_view bytes) {
  if (!form_.HasPlanes()) return AddSamples(bytes);
  const auto frame = static_cast<std::size_t>(form_.FrameSize());
  for (; !bytes.empty(); bytes.remove_prefix(frame)) {
    GATEWAY_TRY(AddSamples(Interleaved(bytes.substr(0, frame), form_)));
  }
  return {};
}

// Hashes samples without the bits that do not belong to them. Each takes one byte, or two, if that
// is enough.
Result<void> SampleHash::AddSamples(std::string_view bytes) {
  if (form_.allocated == form_.stored) return hash_.Write(bytes);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kPiece, bytes.size()))) {
    const std::string_view piece = bytes.substr(0, kPiece);
    if (form_.allocated == 8) {
      TakeValues<std::uint8_t, std::uint8_t>(piece, form_, values_);
    } else if (form_.allocated == 16) {
      form_.stored > 8 ? TakeValues<std::uint16_t, std::uint16_t>(piece, form_, values_)
                       : TakeValues<std::uint16_t, std::uint8_t>(piece, form_, values_);
    } else if (form_.stored > 8) {
      form_.stored > 16 ? TakeValues<std::uint32_t, std::uint32_t>(piece, form_, values_)
                        : TakeValues<std::uint32_t, std::uint16_t>(piece, form_, values_);
    } else {
      TakeValues<std::uint32_t, std::uint8_t>(piece, form_, values_);
    }
    GATEWAY_TRY(hash_.Write(values_));
  }
  return {};
}

}  // namespace gateway::dicom
