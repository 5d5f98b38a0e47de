#include "dicom/value_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "attributes/data_dictionary.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

using State = AttributeValue::State;

template <typename T>
T NumberAt(std::string_view bytes, bool big_endian) {
  std::array<char, sizeof(T)> raw{};
  std::copy_n(bytes.begin(), sizeof(T), raw.begin());
  if (big_endian != (std::endian::native == std::endian::big)) std::reverse(raw.begin(), raw.end());
  T number{};
  std::memcpy(&number, raw.data(), sizeof(T));
  return number;
}

template <typename T>
std::string Decimal(std::string_view bytes, bool big_endian) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), NumberAt<T>(bytes, big_endian)).ptr;
  return {text.data(), end};
}

std::string TagOf(std::string_view bytes, bool big_endian) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "(%04X,%04X)", unsigned{NumberAt<std::uint16_t>(bytes, big_endian)},
                unsigned{NumberAt<std::uint16_t>(bytes.substr(2), big_endian)});
  return text.data();
}

struct Binary {
  Vr vr;
  std::size_t size;
  std::string (*text)(std::string_view bytes, bool big_endian);
};
constexpr std::array kBinary{
    Binary{Vr::US, 2, Decimal<std::uint16_t>},
    Binary{Vr::SS, 2, Decimal<std::int16_t>},
    Binary{Vr::UL, 4, Decimal<std::uint32_t>},
    Binary{Vr::SL, 4, Decimal<std::int32_t>},
    Binary{Vr::UV, 8, Decimal<std::uint64_t>},
    Binary{Vr::SV, 8, Decimal<std::int64_t>},
    Binary{Vr::FL, 4, Decimal<float>},
    Binary{Vr::FD, 8, Decimal<double>},
    Binary{Vr::AT, 4, TagOf},
};

// The ledger and the rules do not want more values than this.
constexpr std::size_t kMostValues = 256;

std::string_view Trim(std::string_view text, bool leading) {
  text = TrimPadding(text);
  while (text.ends_with(' ')) text.remove_suffix(1);
  while (leading && text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

void Settle(AttributeValue& value) {
  const bool empty =
      std::all_of(value.values.begin(), value.values.end(), [](const std::string& one) { return one.empty(); });
  value.state = empty ? State::empty : State::values;
  if (empty) value.values.clear();
  if (value.values.size() > kMostValues) value.values.resize(kMostValues);
}

void AddTexts(std::string_view text, Vr vr, AttributeValue& value) {
  const bool several = attributes::HasSeveralValues(vr);
  while (several) {
    const std::size_t end = text.find('\\');
    value.values.emplace_back(Trim(text.substr(0, end), true));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (!several) value.values.emplace_back(Trim(text, false));
  Settle(value);
}

// Nobody knows what this is: it counts as text if it looks like text.
bool LooksLikeText(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || byte == '\t' || byte == '\r' || byte == '\n' || byte == 0x1B;
  });
}

std::string Ascii(std::string_view bytes) {
  std::string text(bytes);
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E; }, '?');
  return text;
}

}  // namespace

AttributeValue ValueFrom(std::string_view bytes, Vr vr, bool big_endian, TextConverter& converter) {
  AttributeValue value{State::empty, vr, {}};
  if (bytes.empty()) return value;
  const auto* const binary =
      std::find_if(kBinary.begin(), kBinary.end(), [&](const Binary& candidate) { return candidate.vr == vr; });
  if (binary != kBinary.end()) {
    value.state = bytes.size() % binary->size == 0 ? State::values : State::unreadable;
    for (std::size_t at = 0; value.state == State::values && at < bytes.size(); at += binary->size) {
      if (value.values.size() < kMostValues) value.values.push_back(binary->text(bytes.substr(at), big_endian));
    }
    return value;
  }
  const bool unknown = vr == Vr::none || vr == Vr::UN;
  if (!unknown && attributes::ComparisonOf(vr) == attributes::Comparison::nothing) {
    value.state = State::values;
    return value;
  }
  const std::string_view text = Trim(bytes, false);
  if (unknown && !LooksLikeText(text)) {
    value.state = State::unreadable;
    return value;
  }
  const bool has_set = unknown || attributes::HasCharacterSet(vr);
  AddTexts(has_set ? converter.ToUtf8(text, vr == Vr::PN) : Ascii(text), vr, value);
  return value;
}

}  // namespace gateway::dicom
