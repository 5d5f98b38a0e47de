#include "dicom/deidentify/blanking.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/error_codes.h"
#include "dicom/byte_input.h"
#include "dicom/dataset_walk.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

Error CannotBlank(std::string why) {
  return Permanent(codes::kDeidentifyPixels, std::move(why));
}

struct Pixels {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  bool big_endian = false;
};

Result<Pixels> FindPixels(int fd, const InstanceHeader& header) {
  FileInput input(fd, header.dataset_offset, header.file_size);
  GATEWAY_ASSIGN(const ElementEncoding encoding, EncodingIn(input, header.transfer_syntax_uid));
  ElementReader reader(input, encoding);
  while (true) {
    GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
    if (!element) return CannotBlank("its pixel data were not found");
    if (element->tag == kPixelData) {
      return Pixels{input.position(), element->length, encoding.big_endian};
    }
    GATEWAY_TRY(reader.SkipValue(*element));
  }
}

// Says how samples lie in the pixel data. A plane holds one sample of each pixel, or all of them.
struct Layout {
  std::uint64_t planes = 1;
  std::uint64_t plane_bytes = 0;
  std::uint64_t row_bytes = 0;
  std::uint64_t pixel_bytes = 0;  // within a plane
};

Layout LayoutOf(const ImageFacts& facts) {
  const std::uint64_t sample_bytes = facts.bits_allocated / 8;
  const bool by_plane = facts.samples > 1 && facts.planar_configuration == 1;
  Layout layout;
  layout.planes = by_plane ? facts.samples : 1;
  layout.pixel_bytes = sample_bytes * (by_plane ? 1 : facts.samples);
  layout.row_bytes = layout.pixel_bytes * facts.columns;
  layout.plane_bytes = layout.row_bytes * facts.rows;
  return layout;
}

// One black sample, the lowest byte first or last.
std::string BlackSample(const ImageFacts& facts, std::uint64_t sample, bool big_endian) {
  std::uint64_t value = 0;
  if (facts.photometric_interpretation == "MONOCHROME1") value = (std::uint64_t{1} << facts.bits_stored) - 1;
  const bool chroma = facts.photometric_interpretation.starts_with("YBR") && sample > 0;
  if (chroma) value = std::uint64_t{1} << (facts.bits_stored - 1);
  std::string bytes;
  for (std::uint32_t bit = 0; bit < facts.bits_allocated; bit += 8) bytes += static_cast<char>(value >> bit & 0xFF);
  if (big_endian) std::ranges::reverse(bytes);
  return bytes;
}

// `count` black pixels of a plane.
std::string BlackPixels(const ImageFacts& facts, std::uint64_t plane, std::uint64_t planes, std::uint64_t count,
                        bool big_endian) {
  std::string pixel;
  if (planes > 1) {
    pixel = BlackSample(facts, plane, big_endian);
  } else {
    for (std::uint64_t sample = 0; sample < facts.samples; ++sample) pixel += BlackSample(facts, sample, big_endian);
  }
  std::string row;
  row.reserve(pixel.size() * count);
  for (std::uint64_t i = 0; i < count; ++i) row += pixel;
  return row;
}

Result<void> WriteAt(int fd, std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written <= 0) return Transient(codes::kFileError, "the changed copy cannot be written");
    offset += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> Blank(int fd, const Pixels& pixels, const ImageFacts& facts, const PixelRegion& region) {
  if (region.x >= facts.columns || region.y >= facts.rows) return {};
  const std::uint64_t width = std::min(region.width, facts.columns - region.x);
  const std::uint64_t height = std::min(region.height, facts.rows - region.y);
  const Layout layout = LayoutOf(facts);
  for (std::uint64_t plane = 0; plane < layout.planes * facts.frames; ++plane) {
    const std::string black = BlackPixels(facts, plane % layout.planes, layout.planes, width, pixels.big_endian);
    for (std::uint64_t row = region.y; row < region.y + height; ++row) {
      const std::uint64_t at = plane * layout.plane_bytes + row * layout.row_bytes + region.x * layout.pixel_bytes;
      GATEWAY_TRY(WriteAt(fd, pixels.offset + at, black));
    }
  }
  return {};
}

// Returns whether the pixel data are `frames` frames of `frame` bytes, and nothing more than the
// byte that pads them to even length. Otherwise a frame could stand there that nobody blanks.
bool HoldsExactly(std::uint64_t length, std::uint64_t frame, std::uint64_t frames) {
  const auto holds = [&](std::uint64_t bytes) { return bytes % frame == 0 && bytes / frame == frames; };
  return holds(length) || (length > 0 && length % 2 == 0 && holds(length - 1));
}

}  // namespace

Result<void> CheckCanBlank(const ImageFacts& facts, const InstanceHeader& header) {
  const std::string& kind = facts.photometric_interpretation;
  const bool mono = kind == "MONOCHROME1" || kind == "MONOCHROME2" || kind == "PALETTE COLOR";
  const bool colour = kind == "RGB" || kind == "YBR_FULL";
  if (facts.pixels_are_encapsulated) return CannotBlank("its pixel data are compressed");
  if (EncodingOf(header.transfer_syntax_uid).deflated) return CannotBlank("its data set is deflated");
  if (facts.pixels_are_floats) return CannotBlank("its pixel data are floating point numbers");
  if (!(mono && facts.samples == 1) && !(colour && facts.samples == 3)) {
    return CannotBlank("the gateway does not know its photometric interpretation");
  }
  const std::uint32_t bits = facts.bits_allocated;
  if ((bits != 8 && bits != 16 && bits != 32) || facts.bits_stored == 0 || facts.bits_stored > bits) {
    return CannotBlank("its samples do not fill whole bytes");
  }
  if (facts.rows == 0 || facts.columns == 0 || facts.frames == 0) {
    return CannotBlank("its size or its number of frames is not known");
  }
  return {};
}

Result<void> BlankRegions(int fd, const InstanceHeader& header, const ImageFacts& facts,
                          const std::vector<PixelRegion>& regions) {
  GATEWAY_TRY(CheckCanBlank(facts, header));
  GATEWAY_ASSIGN(const Pixels pixels, FindPixels(fd, header));
  const Layout layout = LayoutOf(facts);
  const std::uint64_t frame = layout.plane_bytes * layout.planes;
  if (pixels.length == 0xFFFFFFFF || !HoldsExactly(pixels.length, frame, facts.frames)) {
    return CannotBlank("it has more or less pixel data than its size and its number of frames say");
  }
  for (const PixelRegion& region : regions) GATEWAY_TRY(Blank(fd, pixels, facts, region));
  return {};
}

}  // namespace gateway::dicom
