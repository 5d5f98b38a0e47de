#include "openpgp/public_number.h"

#include <algorithm>
#include <cstddef>

namespace gateway::openpgp {
namespace {

std::string_view TakeFront(std::string_view& left, std::size_t count) {
  const std::string_view taken = left.substr(0, count);
  left.remove_prefix(taken.size());
  return taken.size() == count ? taken : std::string_view();
}

// Returns the bytes of a multiprecision integer without leading zeros (RFC 9580 section 3.2).
std::string_view TakeInteger(std::string_view& left) {
  const std::string_view bits = TakeFront(left, 2);
  if (bits.empty()) return {};
  const std::size_t count = static_cast<unsigned char>(bits[0]) << 8 | static_cast<unsigned char>(bits[1]);
  std::string_view integer = TakeFront(left, (count + 7) / 8);
  integer.remove_prefix(std::min(integer.find_first_not_of('\0'), integer.size()));
  return integer;
}

std::string_view TakeIntegerAt(std::string_view left, unsigned before) {
  for (unsigned i = 0; i < before; ++i) (void)TakeInteger(left);
  return TakeInteger(left);
}

// Skips the curve and returns the point without its form (RFC 9580 section 11.2). Of a point with
// two coordinates, the first one is enough.
std::string_view PointAt(std::string_view left) {
  const std::string_view size = TakeFront(left, 1);
  if (size.empty()) return {};
  (void)TakeFront(left, static_cast<unsigned char>(size[0]));
  const std::string_view point = TakeInteger(left);
  if (point.empty()) return {};
  const std::string_view coordinates = point.substr(1);
  return point[0] == '\x04' ? coordinates.substr(0, coordinates.size() / 2) : coordinates;
}

// Returns how many bytes of the body come before the key itself, or 0 if the version is not known.
std::size_t HeadSize(unsigned version) {
  if (version == 2 || version == 3) return 8;
  if (version == 4) return 6;
  return version == 5 || version == 6 ? 10 : 0;
}

}  // namespace

std::string PublicNumber(std::string_view body) {
  const std::size_t head_size = body.empty() ? 0 : HeadSize(static_cast<unsigned char>(body[0]));
  if (head_size == 0 || body.size() <= head_size) return {};
  // The algorithm comes last, or before the size of the key, which later versions have.
  const unsigned algorithm = static_cast<unsigned char>(body[head_size == 8 ? 7 : 5]);
  std::string_view key = body.substr(head_size);
  switch (algorithm) {  // RFC 9580 section 9.1
    case 1:
    case 2:
    case 3:
      return std::string(TakeInteger(key));
    case 16:
    case 20:
      return std::string(TakeIntegerAt(key, 2));
    case 17:
      return std::string(TakeIntegerAt(key, 3));
    case 18:
    case 19:
    case 22:
      return std::string(PointAt(key));
    case 25:
    case 27:
      return std::string(TakeFront(key, 32));
    case 26:
      return std::string(TakeFront(key, 56));
    case 28:
      return std::string(TakeFront(key, 57));
    default:
      return {};
  }
}

}  // namespace gateway::openpgp
