// The ways in which a rule may have pixel data coded without loss.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace gateway {

enum class Coding {
  as_it_came,
  uncompressed,  // Explicit VR Little Endian; for a PACS that takes no compressed images
  best,          // the best one for the kind of the image
  jpeg_ls,
  jpeg2000_lossless,
  jpeg_lossless,  // process 14, selection value 1
  rle,
  deflated  // the whole data set
};

struct CodingName {
  Coding coding;
  std::string_view name;
};

// The names that the configuration uses.
inline constexpr std::array<CodingName, 8> kCodingNames{{
    {Coding::as_it_came, "none"},
    {Coding::uncompressed, "uncompressed"},
    {Coding::best, "auto"},
    {Coding::jpeg_ls, "jpeg-ls"},
    {Coding::jpeg2000_lossless, "jpeg2000-lossless"},
    {Coding::jpeg_lossless, "jpeg-lossless"},
    {Coding::rle, "rle"},
    {Coding::deflated, "deflated"},
}};

constexpr std::string_view NameOf(Coding coding) {
  for (const CodingName& known : kCodingNames) {
    if (known.coding == coding) return known.name;
  }
  return {};
}

constexpr std::optional<Coding> CodingNamed(std::string_view name) {
  for (const CodingName& known : kCodingNames) {
    if (known.name == name) return known.coding;
  }
  return std::nullopt;
}

}  // namespace gateway
