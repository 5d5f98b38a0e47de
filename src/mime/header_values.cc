#include "mime/header_values.h"

#include <algorithm>
#include <vector>

#include "mime/gmime_values.h"
#include "mime/header_writer.h"
#include "mime/mail_format.h"

namespace gateway::mime {

std::string OnlyAddress(const HeaderBlock& header, std::string_view name) {
  if (header.Count(name) != 1) return {};
  const std::string value = header.Value(name).value_or("");
  // A list that was cut could pass for a shorter one.
  if (value.size() > kLongestValue || value.find('\0') != std::string::npos) return {};
  std::vector<std::string> addresses = ParseAddresses(value, 2);
  std::erase_if(addresses, [](const std::string& address) { return address.find('@') == std::string::npos; });
  return addresses.size() == 1 ? LowerCase(addresses[0]) : std::string();
}

std::vector<std::string> AllAddresses(const HeaderBlock& header, std::string_view name, std::size_t limit) {
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < header.count() && addresses.size() < limit; ++i) {
    const HeaderBlock::Field field = header.field(i);
    if (!EqualIgnoringCase(field.name, name)) continue;
    const std::string value(field.raw.substr(field.raw.find(':') + 1));
    for (std::string& address : ParseAddresses(value, limit - addresses.size())) {
      addresses.push_back(LowerCase(address));
    }
  }
  return addresses;
}

std::string MessageIdIn(std::string_view value) {
  std::string id = ParseMessageId(WithoutComments(value.substr(0, kLongestValue)));
  const bool usable =
      std::all_of(id.begin(), id.end(), [](char c) { return c > 32 && c < 127 && c != '<' && c != '>'; });
  return usable && id.size() <= kLongestForeignId ? id : std::string();
}

std::string MessageIdOf(const HeaderBlock& header, std::string_view name) {
  return MessageIdIn(header.Value(name).value_or(""));
}

std::optional<std::string> NonceOf(const HeaderBlock& header) {
  if (header.Count(kNonceField) == 0) return std::nullopt;
  std::string nonce = header.Count(kNonceField) == 1 ? header.Value(kNonceField).value_or("") : std::string();
  const bool usable = nonce.size() <= kLongestNonce && std::all_of(nonce.begin(), nonce.end(), [](char c) {
                        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                               c == '.' || c == ',' || c == '-';
                      });
  return usable && nonce != kNoNonce ? nonce : std::string();
}

std::string WithoutComments(std::string_view text) {
  std::string rest;
  std::size_t depth = 0;
  bool quoted = false;
  bool in_angles = false;  // there senders of bad Message-IDs have parentheses
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool escaped = c == '\\' && i + 1 < text.size() && (quoted || depth > 0);
    if (!quoted && !in_angles && c == '(') {
      ++depth;
    } else if (!quoted && depth > 0) {
      if (c == ')') --depth;
      if (escaped) ++i;
    } else {
      if (c == '"') quoted = !quoted;
      if (!quoted && (c == '<' || c == '>')) in_angles = c == '<';
      rest += c;
      if (escaped) rest += text[++i];
    }
  }
  return std::string(Trim(rest));
}

}  // namespace gateway::mime
