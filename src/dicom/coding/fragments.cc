#include "dicom/coding/fragments.h"

#include <algorithm>
#include <array>

#include "base/files.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kMostFragments = std::size_t{1} << 21;
constexpr std::uint64_t kLargestFrame = std::uint64_t{1} << 28;  // bytes of all its fragments

Error Damaged(const char* what) {
  return Corrupt(codes::kDicomDamaged, what);
}

// Returns the offsets of the frames, which count from the head of the first fragment.
Result<std::vector<std::uint64_t>> ReadOffsets(FileInput& input, std::uint32_t length) {
  if (length > 4 * kMostFragments) return Damaged("the table of offsets is too large");
  std::string bytes(length, '\0');
  GATEWAY_ASSIGN(const std::size_t count, input.Read(bytes));
  if (count < bytes.size()) return Damaged("ends within the table of offsets");
  std::vector<std::uint64_t> offsets;
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t offset = 0;
    for (std::size_t i = 4; i-- > 0;) offset = offset << 8 | static_cast<unsigned char>(bytes[at + i]);
    offsets.push_back(offset);
  }
  return offsets;
}

// Returns an empty list if the table does not fit the fragments.
std::vector<std::size_t> ByOffsets(const std::vector<ByteRange>& ranges, const std::vector<std::uint64_t>& offsets) {
  std::vector<std::size_t> first;
  if (ranges.empty()) return first;
  for (std::size_t i = 0; i < ranges.size() && first.size() < offsets.size(); ++i) {
    if (ranges[i].offset - ranges[0].offset == offsets[first.size()]) first.push_back(i);
  }
  if (first.size() < offsets.size()) first.clear();
  return first;
}

// JPEG and JPEG-LS begin with the marker SOI, and JPEG 2000 with SOC.
Result<std::vector<std::size_t>> ByMarkers(FileInput input, const std::vector<ByteRange>& ranges) {
  std::vector<std::size_t> first;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    std::array<char, 2> start{};
    input.Seek(ranges[i].offset);
    GATEWAY_ASSIGN(const std::size_t count, input.Read(start));
    const bool begins = start[0] == '\xFF' && (start[1] == '\xD8' || start[1] == '\x4F');
    if (count == start.size() && ranges[i].length >= 2 && begins) first.push_back(i);
  }
  return first;
}

Result<std::vector<std::size_t>> FramesAmong(const FileInput& input, const std::vector<ByteRange>& ranges,
                                             const std::vector<std::uint64_t>& offsets, std::uint64_t frames) {
  if (frames == 1 && !ranges.empty()) return std::vector<std::size_t>{0};
  std::vector<std::size_t> first;
  if (ranges.size() == frames) {
    for (std::size_t i = 0; i < ranges.size(); ++i) first.push_back(i);
    return first;
  }
  first = ByOffsets(ranges, offsets);
  if (first.size() != frames) {
    GATEWAY_ASSIGN(first, ByMarkers(input, ranges));
  }
  if (first.size() != frames || frames == 0 || first[0] != 0) return Damaged("its frames cannot be told apart");
  return first;
}

}  // namespace

Result<std::string> Fragments::Frame(int fd, std::size_t frame) const {
  const std::size_t end = frame + 1 < first.size() ? first[frame + 1] : ranges.size();
  std::uint64_t size = 0;
  for (std::size_t i = first[frame]; i < end; ++i) size += ranges[i].length;
  if (size > kLargestFrame) return Damaged("a compressed frame is too large");
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::size_t at = 0;
  for (std::size_t i = first[frame]; i < end; ++i) {
    FdSource source(fd, ranges[i]);
    const auto length = static_cast<std::size_t>(ranges[i].length);
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, std::span(bytes).subspan(at, length)));
    if (count < length) return Damaged("ends within a fragment");
    at += count;
  }
  return bytes;
}

Result<Fragments> FindFragments(FileInput input, std::uint64_t frames) {
  ElementReader reader(input, {});
  Fragments found;
  std::vector<std::uint64_t> offsets;
  for (bool table = true;; table = false) {
    GATEWAY_ASSIGN(const std::optional<Element> item, reader.Next());
    if (!item) return Damaged("ends within the pixel data");
    if (item->tag == kSequenceEnd) break;
    if (item->tag != kItem || item->undefined_length()) return Damaged("a fragment is no item");
    if (table) {
      GATEWAY_ASSIGN(offsets, ReadOffsets(input, item->length));
      continue;
    }
    if (found.ranges.size() >= kMostFragments) return Damaged("it has too many fragments");
    found.ranges.push_back({input.position(), item->length});
    GATEWAY_TRY(reader.SkipValue(*item));
  }
  found.end = input.position();
  GATEWAY_ASSIGN(found.first, FramesAmong(input, found.ranges, offsets, frames));
  return found;
}

}  // namespace gateway::dicom
