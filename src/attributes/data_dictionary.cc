#include "attributes/data_dictionary.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/edit_distance.h"

namespace gateway::attributes {
namespace {

constexpr DictionaryEntry kEntries[] = {
#define ATTRIBUTE(tag, keyword, vr, multiplicity, name, retired) {tag, keyword, vr, multiplicity, name, retired},
#define REPEATING(tag, mask, keyword, vr, multiplicity, name, retired)
#include "attributes/data_dictionary.inc"
#undef ATTRIBUTE
#undef REPEATING
};

struct Repeating {
  std::uint32_t mask = 0;  // the bits of the tag that are the same in all groups
  DictionaryEntry entry;
};

constexpr Repeating kRepeating[] = {
#define ATTRIBUTE(tag, keyword, vr, multiplicity, name, retired)
#define REPEATING(tag, mask, keyword, vr, multiplicity, name, retired) \
  {mask, {tag, keyword, vr, multiplicity, name, retired}},
#include "attributes/data_dictionary.inc"
#undef ATTRIBUTE
#undef REPEATING
};

constexpr std::array<std::string_view, 35> kVrNames{
    "",   "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV",
    "OW", "PN", "SH", "SL", "SQ", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV"};
static_assert(kVrNames[static_cast<std::size_t>(Vr::UV)] == "UV");

// Returns all entries that have a keyword, in the order of their keywords.
const std::vector<const DictionaryEntry*>& ByKeyword() {
  static const std::vector<const DictionaryEntry*> sorted = [] {
    std::vector<const DictionaryEntry*> entries;
    entries.reserve(std::size(kEntries) + std::size(kRepeating));
    for (const DictionaryEntry& entry : kEntries) entries.push_back(&entry);
    for (const Repeating& repeating : kRepeating) entries.push_back(&repeating.entry);
    std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) { return a->keyword < b->keyword; });
    return entries;
  }();
  return sorted;
}

}  // namespace

const DictionaryEntry* FindTag(std::uint32_t tag) {
  const auto* const found =
      std::lower_bound(std::begin(kEntries), std::end(kEntries), tag,
                       [](const DictionaryEntry& entry, std::uint32_t wanted) { return entry.tag < wanted; });
  if (found != std::end(kEntries) && found->tag == tag) return found;
  if ((tag >> 16) % 2 == 1) return nullptr;  // a private attribute
  const auto* const repeating =
      std::find_if(std::begin(kRepeating), std::end(kRepeating),
                   [&](const Repeating& candidate) { return (tag & candidate.mask) == candidate.entry.tag; });
  return repeating == std::end(kRepeating) ? nullptr : &repeating->entry;
}

const DictionaryEntry* FindKeyword(std::string_view keyword) {
  const auto& entries = ByKeyword();
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), keyword,
                       [](const DictionaryEntry* entry, std::string_view wanted) { return entry->keyword < wanted; });
  return found == entries.end() || (*found)->keyword != keyword ? nullptr : *found;
}

std::string_view NearestKeyword(std::string_view keyword) {
  std::vector<std::string_view> keywords;
  for (const DictionaryEntry* entry : ByKeyword()) keywords.push_back(entry->keyword);
  return Nearest(keyword, keywords);
}

Vr VrOf(const DictionaryEntry& entry) {
  return VrFrom(entry.vr.substr(0, 2));
}

Vr VrFrom(std::string_view two_letters) {
  const auto found = std::find(kVrNames.begin() + 1, kVrNames.end(), two_letters);
  return found == kVrNames.end() ? Vr::none : static_cast<Vr>(found - kVrNames.begin());
}

std::string_view NameOf(Vr vr) {
  return kVrNames.at(static_cast<std::size_t>(vr));
}

Comparison ComparisonOf(Vr vr) {
  switch (vr) {
    case Vr::DS:
    case Vr::IS:
    case Vr::US:
    case Vr::SS:
    case Vr::UL:
    case Vr::SL:
    case Vr::UV:
    case Vr::SV:
    case Vr::FL:
    case Vr::FD:
      return Comparison::number;
    case Vr::DA:
      return Comparison::date;
    case Vr::TM:
      return Comparison::time;
    case Vr::DT:
      return Comparison::date_time;
    case Vr::AS:
      return Comparison::age;
    case Vr::SQ:
    case Vr::OB:
    case Vr::OD:
    case Vr::OF:
    case Vr::OL:
    case Vr::OV:
    case Vr::OW:
    case Vr::UN:
      return Comparison::nothing;
    default:
      return Comparison::text;
  }
}

bool HasCharacterSet(Vr vr) {
  switch (vr) {
    case Vr::LO:
    case Vr::LT:
    case Vr::PN:
    case Vr::SH:
    case Vr::ST:
    case Vr::UC:
    case Vr::UT:
      return true;
    default:
      return false;
  }
}

bool HasSeveralValues(Vr vr) {
  return vr != Vr::LT && vr != Vr::ST && vr != Vr::UT && vr != Vr::UR;
}

}  // namespace gateway::attributes
