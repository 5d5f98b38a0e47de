#include "attributes/value_rules.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <system_error>

#include "base/utf8.h"

namespace gateway::attributes {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool AllOf(std::string_view text, bool (*accept)(char)) {
  return std::all_of(text.begin(), text.end(), accept);
}

std::string Longer(std::size_t characters) {
  return "is longer than " + std::to_string(characters) + " characters";
}

// Returns the most characters of one value, or 0 if there is no limit.
std::size_t LimitOf(Vr vr) {
  switch (vr) {
    case Vr::AE:
    case Vr::CS:
    case Vr::DS:
    case Vr::SH:
      return 16;
    case Vr::IS:
      return 12;
    case Vr::LO:
    case Vr::UI:
      return 64;
    case Vr::ST:
      return 1024;
    case Vr::LT:
      return 10'240;
    default:
      return 0;
  }
}

template <typename T>
bool IsNumber(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool IsDecimal(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
}

bool IsInteger(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return IsNumber<std::int32_t>(text);
}

int NumberOf(std::string_view digits) {
  int number = 0;
  (void)std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

bool IsDate(std::string_view text) {
  if (text.size() != 8 || !AllOf(text, IsDigit)) return false;
  return std::chrono::year_month_day(std::chrono::year(NumberOf(text.substr(0, 4))),
                                     std::chrono::month(static_cast<unsigned>(NumberOf(text.substr(4, 2)))),
                                     std::chrono::day(static_cast<unsigned>(NumberOf(text.substr(6, 2)))))
      .ok();
}

// HH, HHMM, HHMMSS or HHMMSS.F to HHMMSS.FFFFFF.
bool IsTime(std::string_view text) {
  const std::string_view whole = text.substr(0, text.find('.'));
  const std::string_view fraction = text.substr(whole.size());
  if (!AllOf(whole, IsDigit) || (whole.size() != 2 && whole.size() != 4 && whole.size() != 6)) return false;
  if (!fraction.empty() && (whole.size() != 6 || fraction.size() < 2 || fraction.size() > 7)) return false;
  if (!fraction.empty() && !AllOf(fraction.substr(1), IsDigit)) return false;
  const int most[] = {23, 59, 60};
  for (std::size_t i = 0; i < whole.size(); i += 2) {
    if (NumberOf(whole.substr(i, 2)) > most[i / 2]) return false;
  }
  return true;
}

bool IsDateTime(std::string_view text) {
  if (const std::size_t zone = text.find_first_of("+-"); zone != std::string_view::npos) {
    const std::string_view offset = text.substr(zone + 1);
    if (offset.size() != 4 || !AllOf(offset, IsDigit) || NumberOf(offset) > 1400) return false;
    text = text.substr(0, zone);
  }
  if (text.size() > 8) return IsDate(text.substr(0, 8)) && IsTime(text.substr(8));
  if (text.size() == 8) return IsDate(text);
  if (!AllOf(text, IsDigit) || (text.size() != 4 && text.size() != 6)) return false;
  const int month = text.size() == 6 ? NumberOf(text.substr(4)) : 1;
  return month >= 1 && month <= 12;
}

bool IsAge(std::string_view text) {
  return text.size() == 4 && AllOf(text.substr(0, 3), IsDigit) &&
         std::string_view("DWMY").find(text[3]) != std::string_view::npos;
}

// Components without leading zeros (PS3.5 section 9.1).
bool IsGoodUid(std::string_view text) {
  if (!AllOf(text, [](char c) { return IsDigit(c) || c == '.'; })) return false;
  while (true) {
    const std::string_view part = text.substr(0, text.find('.'));
    if (part.empty() || (part.size() > 1 && part.front() == '0')) return false;
    if (part.size() == text.size()) return true;
    text.remove_prefix(part.size() + 1);
  }
}

// Three groups of at most 64 characters, each of at most five components (PS3.5 section 6.2.1).
std::string WhyNoName(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  std::size_t groups = 0;
  while (true) {
    const std::string_view group = text.substr(0, text.find('='));
    if (++groups > 3) return "has more than three groups between '='";
    if (DecodeUtf8(group, group.size()).size() > kLongest) return Longer(kLongest);
    if (std::count(group.begin(), group.end(), '^') > 4) return "has more than five components between '^'";
    if (group.size() == text.size()) return {};
    text.remove_prefix(group.size() + 1);
  }
}

bool HasControls(std::string_view text, std::string_view allowed) {
  return std::any_of(text.begin(), text.end(), [allowed](char c) {
    return (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) && allowed.find(c) == std::string_view::npos;
  });
}

// Returns the reason for VRs whose values have a form, or nullptr.
const char* WhyNotOfItsForm(Vr vr, std::string_view value) {
  const auto is_code = [](char c) { return IsDigit(c) || (c >= 'A' && c <= 'Z') || c == ' ' || c == '_'; };
  const auto is_ascii = [](char c) { return c >= 0x20 && c < 0x7F; };
  const auto unless = [](bool good, const char* reason) { return good ? nullptr : reason; };
  switch (vr) {
    case Vr::AE:
      return unless(AllOf(value, is_ascii), "has characters that no AE title has");
    case Vr::AS:
      return unless(IsAge(value), "is no age, such as 042Y");
    case Vr::CS:
      return unless(AllOf(value, is_code), "has other characters than A-Z, 0-9, blank and _");
    case Vr::DA:
      return unless(IsDate(value), "is no date in the form YYYYMMDD");
    case Vr::DS:
      return unless(IsDecimal(value), "is no decimal number");
    case Vr::DT:
      return unless(IsDateTime(value), "is no date-time in the form YYYYMMDDHHMMSS");
    case Vr::IS:
      return unless(IsInteger(value), "is no whole number of 32 bits");
    case Vr::TM:
      return unless(IsTime(value), "is no time in the form HHMMSS");
    case Vr::UI:
      return unless(IsGoodUid(value), "is no UID");
    case Vr::UR:
      return unless(AllOf(value, is_ascii) && !value.starts_with(' '), "is no URL");
    case Vr::US:
      return unless(IsNumber<std::uint16_t>(value), "is no whole number from 0 to 65535");
    case Vr::SS:
      return unless(IsNumber<std::int16_t>(value), "is no whole number of 16 bits");
    case Vr::UL:
      return unless(IsNumber<std::uint32_t>(value), "is no whole number from 0 to 4294967295");
    case Vr::SL:
      return unless(IsNumber<std::int32_t>(value), "is no whole number of 32 bits");
    case Vr::UV:
      return unless(IsNumber<std::uint64_t>(value), "is no whole number of 64 bits");
    case Vr::SV:
      return unless(IsNumber<std::int64_t>(value), "is no whole number of 64 bits");
    case Vr::FL:
    case Vr::FD:
      return unless(IsDecimal(value), "is no number");
    default:
      return nullptr;
  }
}

}  // namespace

bool IsText(Vr vr) {
  switch (vr) {
    case Vr::AE:
    case Vr::AS:
    case Vr::CS:
    case Vr::DA:
    case Vr::DS:
    case Vr::DT:
    case Vr::IS:
    case Vr::LO:
    case Vr::LT:
    case Vr::PN:
    case Vr::SH:
    case Vr::ST:
    case Vr::TM:
    case Vr::UC:
    case Vr::UI:
    case Vr::UR:
    case Vr::UT:
      return true;
    default:
      return false;
  }
}

bool IsWritable(Vr vr) {
  switch (vr) {
    case Vr::FD:
    case Vr::FL:
    case Vr::SL:
    case Vr::SS:
    case Vr::SV:
    case Vr::UL:
    case Vr::US:
    case Vr::UV:
      return true;
    default:
      return IsText(vr);
  }
}

std::string WhyUnfit(Vr vr, std::string_view value) {
  if (value.empty()) return {};
  if (!IsWritable(vr)) return "cannot be written as text";
  if (ValidUtf8Prefix(value) != value.size()) return "is no UTF-8";
  const bool lines = vr == Vr::LT || vr == Vr::ST || vr == Vr::UT;
  if (HasControls(value, lines ? "\r\n\f\t" : "")) return "has control characters";
  if (!lines && vr != Vr::UR && value.find('\\') != std::string_view::npos) return "has a backslash in it";
  if (const char* const reason = WhyNotOfItsForm(vr, value)) return reason;
  if (vr == Vr::PN) return WhyNoName(value);
  const std::size_t limit = LimitOf(vr);
  if (limit > 0 && value.size() > limit && DecodeUtf8(value, value.size()).size() > limit) return Longer(limit);
  return {};
}

}  // namespace gateway::attributes
