// Reads the text of a value. A Parser reads one kind of value, and says in words what it expects,
// to complete "expected ..., not 'x'".
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "gateway/settings/gateway.h"
#include "gateway/time.h"

namespace gateway::config {

template <typename T>
struct Parser {
  std::string expected;
  std::function<std::optional<T>(std::string_view)> parse;
};

Parser<std::uint64_t> WholeNumber(std::uint64_t min, std::uint64_t max);

template <typename T>
Parser<T> Number(T min, T max) {
  Parser<std::uint64_t> number = WholeNumber(min, max);
  return {number.expected, [parse = number.parse](std::string_view text) -> std::optional<T> {
            const auto value = parse(text);
            return value ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
          }};
}

// Reads 500ms, 30s, 5m, 48h, 7d.
Parser<Milliseconds> Duration(Milliseconds min, Milliseconds max);
Parser<Seconds> WholeSeconds(Seconds min, Seconds max);
// Reads 20MB (powers of 1000), 5MiB and 512K (powers of 1024), 4096 or 4096B.
Parser<std::uint64_t> Size(std::uint64_t min, std::uint64_t max);
// Reads 5%, 2.5%, or a size.
Parser<FreeSpace> SizeOrPercent();
Parser<bool> YesOrNo();

template <typename T>
Parser<T> OneOf(std::vector<std::pair<std::string, T>> choices) {
  std::string expected;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) expected += i + 1 == choices.size() ? " or " : ", ";
    expected += choices[i].first;
  }
  return {expected, [choices = std::move(choices)](std::string_view text) -> std::optional<T> {
            for (const auto& [word, value] : choices) {
              if (word == text) return value;
            }
            return std::nullopt;
          }};
}

// Reads 1 to `max` characters of printable ASCII.
Parser<std::string> PrintableText(std::size_t max);
// Reads the name of an IMAP folder, in UTF-8 or in modified UTF-7 as the server lists it (RFC 3501
// section 5.1.3). Its value is in UTF-8.
Parser<std::string> FolderName();
Parser<std::string> GatewayName();
Parser<std::string> AeTitle();   // PS3.5 section 6.2
Parser<std::string> Modality();  // VR CS
Parser<std::string> Uid();       // PS3.5 section 9.1
// Reads a name or an address.
Parser<std::string> Host();
// Reads a name, an address, or a network in CIDR notation.
Parser<std::string> CallerHost();
Parser<std::string> MailAddress();  // local@domain
Parser<std::string> Fingerprint();  // its value is upper-case hex without spaces

// Returns whether `text` may be the name of a mailbox, partner, PACS or route.
bool IsName(std::string_view text);
inline constexpr std::string_view kNameExpected =
    "1 to 64 of the characters A-Z a-z 0-9 . _ -, the first a letter or digit";

}  // namespace gateway::config
