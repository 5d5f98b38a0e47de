#include "attributes/attribute_path.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "attributes/error_codes.h"

namespace gateway::attributes {
namespace {

constexpr std::size_t kMostSteps = 16;
constexpr std::size_t kLongestCreator = 64;  // VR LO
constexpr std::int32_t kMostItems = 100'000;

Error Bad(std::string detail) {
  return ConfigError(codes::kBadAttribute, std::move(detail));
}

std::string Quoted(std::string_view text) {
  return "'" + std::string(text.substr(0, 100)) + "'";
}

template <typename T>
std::optional<T> NumberFrom(std::string_view digits, int base) {
  T number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  return number;
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool IsPrivate(std::uint32_t tag) {
  return (tag >> 16) % 2 == 1;
}

// Reads "gggg,eeee" or "gggg,xxee CREATOR", the text between the parentheses.
Result<PathStep> ParseTag(std::string_view text) {
  const std::string form = "; expected (gggg,eeee) in hexadecimal digits, or (gggg,xxee CREATOR)";
  if (text.size() < 9 || text[4] != ',') return Bad(Quoted(text) + " is no tag" + form);
  const auto group = NumberFrom<std::uint16_t>(text.substr(0, 4), 16);
  const bool by_creator = text.substr(5, 2) == "xx" || text.substr(5, 2) == "XX";
  const auto element = NumberFrom<std::uint16_t>(by_creator ? text.substr(7, 2) : text.substr(5, 4), 16);
  if (!group || !element) return Bad(Quoted(text) + " is no tag" + form);
  PathStep step{static_cast<std::uint32_t>(*group) << 16 | *element, {}, PathStep::kNoItem};
  const std::string_view creator = Trim(text.substr(9));
  if (by_creator != !creator.empty()) {
    return Bad(Quoted(text) +
               ": a private attribute is named by its creator and 'xx', as (0019,xx10 SIEMENS MR HEADER)");
  }
  if (!by_creator) return step;
  if (!IsPrivate(step.tag)) return Bad(Quoted(text) + ": only odd groups have a creator");
  if (creator.size() > kLongestCreator) return Bad("the private creator is longer than 64 characters");
  step.creator = std::string(creator);
  return step;
}

Result<PathStep> ParseKeyword(std::string_view keyword) {
  if (const DictionaryEntry* const entry = FindKeyword(keyword)) return PathStep{entry->tag, {}, PathStep::kNoItem};
  std::string detail = "there is no attribute " + Quoted(keyword) + " in DICOM";
  if (const std::string_view nearest = NearestKeyword(keyword); !nearest.empty()) {
    detail += "; did you mean '" + std::string(nearest) + "'?";
  }
  return Bad(std::move(detail));
}

// Takes the text of an element off the front of `rest`.
Result<PathStep> TakeElement(std::string_view& rest) {
  if (!rest.starts_with('(')) {
    const std::string_view keyword = rest.substr(0, rest.find_first_of(".["));
    rest.remove_prefix(keyword.size());
    return ParseKeyword(keyword);
  }
  // A creator may hold parentheses itself.
  std::size_t depth = 0;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '(') ++depth;
    if (rest[i] != ')' || --depth > 0) continue;
    const std::string_view tag = rest.substr(1, i - 1);
    rest.remove_prefix(i + 1);
    return ParseTag(tag);
  }
  return Bad(Quoted(rest) + ": the closing parenthesis is missing");
}

// Takes "[3]" or "[*]" off the front of `rest`, if it begins so.
Result<std::int32_t> TakeItem(std::string_view& rest) {
  if (!rest.starts_with('[')) return PathStep::kNoItem;
  const std::size_t end = rest.find(']');
  if (end == std::string_view::npos) return Bad(Quoted(rest) + ": the closing bracket is missing");
  const std::string_view number = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  if (number == "*") return PathStep::kAnyItem;
  const auto item = NumberFrom<std::int32_t>(number, 10);
  if (!item || *item < 0 || *item > kMostItems)
    return Bad(Quoted(number) + ": expected the number of an item, from 0, or *");
  return *item;
}

// Nobody can look into a thing that is known to be no sequence.
Result<void> CheckSequence(const PathStep& step) {
  const DictionaryEntry* const entry = FindTag(step.tag);
  if (entry == nullptr || entry->vr == "SQ") return {};
  return Bad(std::string(entry->keyword) + " is no sequence (" + std::string(entry->vr) + "), so it has no items");
}

}  // namespace

Result<AttributePath> ParsePath(std::string_view text) {
  AttributePath path;
  std::string_view rest = text;
  while (true) {
    if (path.steps.size() == kMostSteps) return Bad(Quoted(text) + ": more than 16 steps");
    GATEWAY_ASSIGN(PathStep step, TakeElement(rest));
    GATEWAY_ASSIGN(step.item, TakeItem(rest));
    const bool last = rest.empty();
    if (!last && step.item == PathStep::kNoItem) step.item = PathStep::kAnyItem;
    if (step.item != PathStep::kNoItem) GATEWAY_TRY(CheckSequence(step));
    path.steps.push_back(std::move(step));
    if (last) return path;
    if (!rest.starts_with('.')) return Bad(Quoted(text) + ": expected a dot before " + Quoted(rest));
    rest.remove_prefix(1);
  }
}

bool LooksLikePath(std::string_view key) {
  return !key.empty() && (key.front() == '(' || (key.front() >= 'A' && key.front() <= 'Z'));
}

std::string TagText(std::uint32_t tag) {
  if (const DictionaryEntry* const entry = FindTag(tag);
      entry != nullptr && entry->tag == tag && !entry->keyword.empty()) {
    return std::string(entry->keyword);
  }
  char text[16];
  std::snprintf(text, sizeof text, "(%04X,%04X)", tag >> 16, tag & 0xFFFFU);
  return text;
}

std::string Text(const AttributePath& path) {
  std::string text;
  for (const PathStep& step : path.steps) {
    if (!text.empty()) text += '.';
    if (step.creator.empty()) {
      text += TagText(step.tag);
    } else {
      char tag[16];
      std::snprintf(tag, sizeof tag, "(%04X,xx%02X ", step.tag >> 16, step.tag & 0xFFU);
      text.append(tag).append(step.creator).append(")");
    }
    if (step.item >= 0) text += "[" + std::to_string(step.item) + "]";
    if (step.item == PathStep::kAnyItem) text += "[*]";
  }
  return text;
}

const DictionaryEntry* EntryOf(const AttributePath& path) {
  const PathStep& last = path.steps.back();
  return last.creator.empty() ? FindTag(last.tag) : nullptr;
}

Vr VrOf(const AttributePath& path) {
  if (path.steps.back().item != PathStep::kNoItem) return Vr::SQ;
  const DictionaryEntry* const entry = EntryOf(path);
  return entry == nullptr ? Vr::none : VrOf(*entry);
}

}  // namespace gateway::attributes
