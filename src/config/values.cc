#include "config/values.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/ip_network.h"
#include "base/modified_utf7.h"
#include "base/printable.h"
#include "config/server_url.h"

namespace gateway::config {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsPrintable(char c) {
  return c >= 0x20 && c <= 0x7E;
}
bool IsOneOf(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

template <typename Predicate>
bool All(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

// Returns a parser that takes exactly the texts that `accept` accepts.
Parser<std::string> Checked(std::string expected, std::function<bool(std::string_view)> accept) {
  return {std::move(expected), [accept = std::move(accept)](std::string_view text) {
            return accept(text) ? std::optional<std::string>(text) : std::nullopt;
          }};
}

std::optional<std::uint64_t> ParseDigits(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Splits "20 MB" into "20" and "MB".
std::pair<std::string_view, std::string_view> SplitUnit(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
  std::string_view unit = text.substr(digits);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  return {text.substr(0, digits), unit};
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr Unit kTimeUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
constexpr Unit kSizeUnits[] = {
    {"", 1},
    {"B", 1},
    {"KB", 1000},
    {"kB", 1000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"K", 1 << 10},
    {"M", 1 << 20},
    {"G", 1 << 30},
    {"KiB", 1 << 10},
    {"MiB", 1 << 20},
    {"GiB", 1 << 30},
    {"TB", 1'000'000'000'000},
    {"TiB", 1ULL << 40},
    {"T", 1ULL << 40},
};

template <std::size_t N>
std::optional<std::uint64_t> ParseQuantity(std::string_view text, const Unit (&units)[N]) {
  const auto parts = SplitUnit(text);
  const std::string_view unit = parts.second;
  const auto number = ParseDigits(parts.first);
  const auto* const found =
      std::find_if(std::begin(units), std::end(units), [&](const Unit& candidate) { return candidate.name == unit; });
  if (!number || found == std::end(units)) return std::nullopt;
  if (*number > std::numeric_limits<std::int64_t>::max() / found->factor) return std::nullopt;
  return *number * found->factor;
}

// Uses the largest unit that leaves no rest: 86400000 becomes "1d".
template <std::size_t N>
std::string FormatQuantity(std::uint64_t value, const Unit (&units)[N]) {
  const Unit* best = &units[0];
  for (const Unit& unit : units) {
    if (value % unit.factor == 0 && unit.factor > best->factor && value >= unit.factor) best = &unit;
  }
  return std::to_string(value / best->factor) + std::string(best->name);
}

std::string FormatDuration(Milliseconds value) {
  return value.count() == 0 ? "0s" : FormatQuantity(static_cast<std::uint64_t>(value.count()), kTimeUnits);
}

std::optional<double> ParsePercent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 90)) return std::nullopt;
  return value;
}

bool IsMailAddress(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const std::string_view local = text.substr(0, at);
  // This is a Dot-string of RFC 5321. Quoted local parts are not worth the effort.
  const bool dots = local.starts_with('.') || local.ends_with('.') || local.find("..") != std::string_view::npos;
  return !dots && All(local, [](char c) { return IsAlphanumeric(c) || IsOneOf(c, "!#$%&'*+-/=?^_`{|}~."); }) &&
         IsHost(text.substr(at + 1));
}

std::optional<std::string> ParseFingerprint(std::string_view text) {
  std::string hex;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == ':') continue;
    hex.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  if (hex.starts_with("0X")) hex.erase(0, 2);
  const bool length = hex.size() == 40 || hex.size() == 64;  // version 4, and version 6 (and 5)
  if (!length || hex.find_first_not_of("0123456789ABCDEF") != std::string::npos) return std::nullopt;
  return hex;
}

}  // namespace

Parser<std::uint64_t> WholeNumber(std::uint64_t min, std::uint64_t max) {
  return {"a number from " + std::to_string(min) + " to " + std::to_string(max),
          [min, max](std::string_view text) -> std::optional<std::uint64_t> {
            const auto value = ParseDigits(text);
            return value && *value >= min && *value <= max ? value : std::nullopt;
          }};
}

Parser<Milliseconds> Duration(Milliseconds min, Milliseconds max) {
  return {"a time from " + FormatDuration(min) + " to " + FormatDuration(max) + " with its unit (ms, s, m, h, d)",
          [min, max](std::string_view text) -> std::optional<Milliseconds> {
            const auto value = ParseQuantity(text, kTimeUnits);
            if (!value) return std::nullopt;
            const Milliseconds duration(static_cast<std::int64_t>(*value));
            return duration >= min && duration <= max ? std::optional(duration) : std::nullopt;
          }};
}

Parser<Seconds> WholeSeconds(Seconds min, Seconds max) {
  Parser<Milliseconds> duration = Duration(min, max);
  return {"a time from " + FormatDuration(min) + " to " + FormatDuration(max) + " in whole seconds (s, m, h, d)",
          [parse = duration.parse](std::string_view text) -> std::optional<Seconds> {
            const auto value = parse(text);
            if (!value || value->count() % 1000 != 0) return std::nullopt;
            return std::chrono::duration_cast<Seconds>(*value);
          }};
}

Parser<std::uint64_t> Size(std::uint64_t min, std::uint64_t max) {
  return {"a size from " + FormatQuantity(min, kSizeUnits) + " to " + FormatQuantity(max, kSizeUnits) +
              ", such as 20MB or 5MiB",
          [min, max](std::string_view text) -> std::optional<std::uint64_t> {
            const auto value = ParseQuantity(text, kSizeUnits);
            return value && *value >= min && *value <= max ? value : std::nullopt;
          }};
}

Parser<FreeSpace> SizeOrPercent() {
  return {"a part of the file system from 0% to 90%, or a size such as 10GB",
          [](std::string_view text) -> std::optional<FreeSpace> {
            if (const auto percent = ParsePercent(text)) return FreeSpace{*percent, 0};
            const auto bytes = ParseQuantity(text, kSizeUnits);
            // 0 bytes would mean "use percent" in FreeSpace.
            return bytes && *bytes > 0 ? std::optional(FreeSpace{0, *bytes}) : std::nullopt;
          }};
}

Parser<bool> YesOrNo() {
  return {"true or false", [](std::string_view text) -> std::optional<bool> {
            const std::string word = LowerCase(text);
            if (word == "true" || word == "yes" || word == "on") return true;
            if (word == "false" || word == "no" || word == "off") return false;
            return std::nullopt;
          }};
}

Parser<std::string> PrintableText(std::size_t max) {
  return Checked("1 to " + std::to_string(max) + " printable ASCII characters", [max](std::string_view text) {
    return !text.empty() && text.size() <= max && All(text, IsPrintable);
  });
}

Parser<std::string> FolderName() {
  return {"the name of a folder, 1 to 255 bytes of printable text in UTF-8, as Gelöschte Elemente",
          [](std::string_view text) -> std::optional<std::string> {
            if (text.empty() || text.size() > 255 || PrintablePrefix(text) != text.size()) return std::nullopt;
            if (LowerCase(text) == "inbox") return "INBOX";  // RFC 3501 section 5.1
            // Somebody who copies "Gel&APY-schte Elemente" from elsewhere means that folder.
            return FromModifiedUtf7(text).value_or(std::string(text));
          }};
}

Parser<std::string> GatewayName() {
  return Checked("1 to 64 of the characters A-Z a-z 0-9 . -, the first and the last a letter or digit",
                 [](std::string_view text) {
                   return !text.empty() && text.size() <= 64 && IsAlphanumeric(text.front()) &&
                          IsAlphanumeric(text.back()) && text.find("..") == std::string_view::npos &&
                          All(text, [](char c) { return IsAlphanumeric(c) || IsOneOf(c, ".-"); });
                 });
}

Parser<std::string> AeTitle() {
  return Checked("an AE title of 1 to 16 ASCII characters without backslash, no space at either end",
                 [](std::string_view text) {
                   return !text.empty() && text.size() <= 16 && text.front() != ' ' && text.back() != ' ' &&
                          All(text, [](char c) { return IsPrintable(c) && c != '\\'; });
                 });
}

Parser<std::string> Modality() {
  return Checked("a modality such as CT, in capitals", [](std::string_view text) {
    return !text.empty() && text.size() <= 16 &&
           All(text, [](char c) { return (c >= 'A' && c <= 'Z') || IsDigit(c) || IsOneOf(c, "_ "); });
  });
}

Parser<std::string> Uid() {
  return Checked("a UID of at most 64 digits and dots", [](std::string_view text) {
    return !text.empty() && text.size() <= 64 && IsDigit(text.front()) && IsDigit(text.back()) &&
           All(text, [](char c) { return IsDigit(c) || c == '.'; });
  });
}

Parser<std::string> Host() {
  return Checked("a host name or an IP address", IsHost);
}

Parser<std::string> CallerHost() {
  return Checked("a host name, an IP address, or a network such as 192.0.2.0/24 or 2001:db8::/32",
                 [](std::string_view text) { return IsHost(text) || IpNetwork::Parse(text).has_value(); });
}

Parser<std::string> MailAddress() {
  return Checked("a mail address such as teleradiology@hospital.example", IsMailAddress);
}

Parser<std::string> Fingerprint() {
  return {"a fingerprint of 40 or 64 hexadecimal digits", ParseFingerprint};
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 64 && IsAlphanumeric(text.front()) &&
         All(text, [](char c) { return IsAlphanumeric(c) || IsOneOf(c, "._-"); });
}

}  // namespace gateway::config
