#include "opener/json_values.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/instance_digest.h"
#include "mime/mail_format.h"

namespace gateway::opener::values {

using nlohmann::json;

std::string Line(const json& object) {
  std::string text = object.get<std::string>();
  const bool controls = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (controls) throw std::invalid_argument("control characters");
  return text;
}

std::string Printable(const json& object) {
  std::string text = object.get<std::string>();
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::vector<std::string> Lines(const json& array) {
  std::vector<std::string> lines;
  lines.reserve(array.size());
  for (const json& line : array) lines.push_back(Line(line));
  return lines;
}

std::uint64_t Number(const json& object, std::uint64_t most) {
  const auto* const number = object.get_ptr<const json::number_unsigned_t*>();
  if (number == nullptr || *number > most) throw std::invalid_argument("no such number");
  return *number;
}

std::uint32_t Count(const json& object) {
  return static_cast<std::uint32_t>(Number(object, std::numeric_limits<std::int32_t>::max()));
}

std::string Matching(const json& object, std::string_view characters, std::size_t longest) {
  std::string text = object.get<std::string>();
  if (text.size() > longest || text.find_first_not_of(characters) != text.npos) throw std::invalid_argument("not that");
  return text;
}

std::string Uid(const json& object, std::size_t longest) {
  return Matching(object, "0123456789.", longest);
}

std::string Code(const json& object) {
  return Matching(object, "abcdefghijklmnopqrstuvwxyz0123456789-", 64);
}

std::string Nonce(const json& object) {
  return Matching(object, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.,-", mime::kLongestNonce);
}

std::string Digest(const json& object) {
  std::string text = object.get<std::string>();
  if (!text.empty() && !InstanceDigestFrom(text)) throw std::invalid_argument("no digest");
  return text;
}

}  // namespace gateway::opener::values
