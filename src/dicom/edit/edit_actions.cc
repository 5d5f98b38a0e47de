#include "dicom/edit/edit_actions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "attributes/attribute_path.h"
#include "attributes/data_dictionary.h"
#include "attributes/value_rules.h"
#include "base/keyed_hash.h"
#include "base/replacement.h"
#include "dicom/character_set.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::uint32_t kPatientBirthDate = 0x00100030;

Error Failed(const std::string& attribute, const std::string& reason) {
  return Permanent(codes::kTransformFailed, attribute + ": " + reason);
}

std::string NameOfElement(std::uint32_t tag) {
  return attributes::TagText(tag);
}

std::optional<sys_days> DateFrom(std::string_view text) {
  if (text.size() < 8) return std::nullopt;
  std::array<int, 3> parts{};
  constexpr std::array kFrom{0, 4, 6, 8};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const char* const end = text.data() + kFrom[i + 1];
    const auto read = std::from_chars(text.data() + kFrom[i], end, parts[i]);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  }
  const year_month_day date(std::chrono::year(parts[0]), std::chrono::month(static_cast<unsigned>(parts[1])),
                            std::chrono::day(static_cast<unsigned>(parts[2])));
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::string DateText(sys_days day) {
  const year_month_day date(day);
  char text[16];
  std::snprintf(text, sizeof text, "%04d%02u%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

std::vector<std::string> SplitValues(const std::string& text, Vr vr) {
  std::vector<std::string> values;
  if (text.empty()) return values;
  if (!attributes::HasSeveralValues(vr)) return {text};
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\\', begin), text.size());
    values.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return values;
}

// Checks the values and puts them in place of those of the element.
Result<void> Put(std::uint32_t tag, TreeElement& element, std::vector<std::string> values) {
  if (element.sequence) return Failed(NameOfElement(tag), "the instance has a sequence there");
  if (!attributes::IsWritable(element.vr)) {
    return Failed(NameOfElement(tag), "nobody knows how to write its value representation");
  }
  for (const std::string& value : values) {
    if (const std::string why = attributes::WhyUnfit(element.vr, value); !why.empty()) {
      return Failed(NameOfElement(tag), "the value " + why);
    }
  }
  if (element.there && element.readable && element.values == values) return {};
  element.there = true;
  element.readable = true;
  element.changed = true;
  element.values = std::move(values);
  return {};
}

void Drop(TreeElement& element) {
  if (!element.there) return;
  element.there = false;
  element.changed = true;
  element.values.clear();
}

std::uint32_t GroupBits(std::uint32_t tag) {
  return tag & 0xFFFF0000;
}

// Returns the tag of the step in this item, or nullopt if the item has no such private block.
std::optional<std::uint32_t> TagIn(const TreeItem& item, const PathStep& step) {
  if (step.creator.empty()) return step.tag;
  for (const auto& [block, creator] : item.creators) {
    if (GroupBits(block) == GroupBits(step.tag) && creator == step.creator) {
      return GroupBits(step.tag) | (block & 0xFF) << 8 | (step.tag & 0xFF);
    }
  }
  return std::nullopt;
}

// Reserves the first private block that nobody uses (PS3.5 section 7.8.1).
std::optional<std::uint32_t> ReserveBlock(TreeItem& item, const PathStep& step) {
  for (std::uint32_t number = 0x10; number <= 0xFF; ++number) {
    const std::uint32_t block = GroupBits(step.tag) | number;
    if (item.creators.contains(block) || item.blocks.contains(block)) continue;
    item.creators[block] = step.creator;
    item.new_creators.insert(block);
    return GroupBits(step.tag) | number << 8 | (step.tag & 0xFF);
  }
  return std::nullopt;
}

// Returns the creator of a private element; empty for others.
std::string CreatorOf(const TreeItem& item, std::uint32_t tag) {
  const auto creator = item.creators.find(GroupBits(tag) | (tag >> 8 & 0xFF));
  return (tag >> 16) % 2 == 1 && creator != item.creators.end() ? creator->second : std::string();
}

// Returns the VR that the attribute has if it has to be made.
Vr TargetVr(const Edit& edit) {
  const Vr vr = attributes::VrOf(edit.attribute);
  return vr == Vr::none ? edit.vr : vr;
}

template <typename Each>
Result<void> ForEachElement(TreeItem& item, const Each& each) {
  for (auto& [tag, element] : item.elements) {
    for (TreeItem& inner : element.items) GATEWAY_TRY(ForEachElement(inner, each));
    if (!element.sequence && element.has_value()) GATEWAY_TRY(each(tag, element));
  }
  return {};
}

// Drops what the list does not keep of the item at `place`.
void DropOthers(TreeItem& item, const std::vector<AttributePath>& kept, Place& place) {
  for (auto& [tag, element] : item.elements) {
    const std::string creator = CreatorOf(item, tag);
    if (KeepsWhole(kept, place, tag, creator)) continue;
    if (!KeepsInside(kept, place, tag, creator)) {
      Drop(element);
      continue;
    }
    for (std::uint32_t i = 0; i < element.items.size(); ++i) {
      place.steps.push_back({tag, creator, i});
      DropOthers(element.items[i], kept, place);
      place.steps.pop_back();
    }
  }
}

}  // namespace

std::string ShiftedDate(const std::string& value, std::int64_t days) {
  const std::optional<sys_days> date = DateFrom(value);
  return date ? DateText(*date + std::chrono::days(days)) + value.substr(8) : value;
}

std::string AgeOn(const std::string& birth_date, const std::string& date) {
  const auto born = DateFrom(birth_date);
  const auto then = DateFrom(date);
  if (!born || !then || *then < *born) return {};
  const year_month_day from(*born);
  const year_month_day to(*then);
  int months = (static_cast<int>(to.year()) - static_cast<int>(from.year())) * 12 +
               static_cast<int>(static_cast<unsigned>(to.month())) -
               static_cast<int>(static_cast<unsigned>(from.month()));
  if (to.day() < from.day()) --months;
  const auto days = (*then - *born).count();
  const auto text = [](std::int64_t number, char unit) {
    char age[24];
    std::snprintf(age, sizeof age, "%03d%c", static_cast<int>(number), unit);
    return std::string(age);
  };
  if (months >= 24) return months / 12 <= 999 ? text(months / 12, 'Y') : std::string();
  if (months >= 3) return text(months, 'M');
  return days >= 28 ? text(days / 7, 'W') : text(days, 'D');
}

bool NamesInstance(std::uint32_t tag) {
  const attributes::DictionaryEntry* const entry = attributes::FindTag(tag);
  if (entry == nullptr || entry->vr != "UI" || tag >> 16 == 0x0002) return false;
  // These name definitions, which are the same everywhere.
  constexpr std::array<std::string_view, 14> kDefinitions{"SOPClassUID",
                                                          "SOPClassesInStudy",
                                                          "SOPClassesSupported",
                                                          "TransferSyntaxUID",
                                                          "CodingSchemeUID",
                                                          "ContextUID",
                                                          "MappingResourceUID",
                                                          "ContextGroupExtensionCreatorUID",
                                                          "ClassUID",
                                                          "AvailableTransferSyntaxUID",
                                                          "PrivateInformationCreatorUID",
                                                          "TemplateExtensionCreatorUID",
                                                          "DeviceUID",
                                                          "EncryptedContentTransferSyntaxUID"};
  return std::none_of(kDefinitions.begin(), kDefinitions.end(),
                      [entry](std::string_view end) { return entry->keyword.ends_with(end); });
}

bool KeepsWhole(const std::vector<AttributePath>& kept, const Place& place, std::uint32_t tag,
                const std::string& creator) {
  const std::size_t depth = place.steps.size();
  const std::uint32_t group = tag >> 16;
  const std::uint32_t number = tag & 0xFFFF;
  // Without these it would be no instance, or its pixels and texts could not be read.
  constexpr std::array<std::uint32_t, 5> kNeeded{0x00080005, 0x00080016, 0x00080018, 0x0020000D, 0x0020000E};
  if (tag == kNeeded[0]) return true;
  if (depth == 0 &&
      (std::find(kNeeded.begin(), kNeeded.end(), tag) != kNeeded.end() || group == 0x0028 || group == 0x7FE0)) {
    return true;
  }
  return std::any_of(kept.begin(), kept.end(), [&](const AttributePath& path) {
    if (path.steps.size() <= depth || !LeadsInto(path, place)) return false;
    const PathStep& step = path.steps[depth];
    // The creator of a private attribute that is kept.
    const bool creator_of =
        !step.creator.empty() && GroupBits(step.tag) == GroupBits(tag) && number >= 0x10 && number <= 0xFF;
    if (creator_of) return true;
    return path.steps.size() == depth + 1 && step.item == PathStep::kNoItem && IsOfStep(step, tag, creator);
  });
}

bool KeepsInside(const std::vector<AttributePath>& kept, const Place& place, std::uint32_t tag,
                 const std::string& creator) {
  const std::size_t depth = place.steps.size();
  return std::any_of(kept.begin(), kept.end(), [&](const AttributePath& path) {
    return path.steps.size() > depth && path.steps[depth].item != PathStep::kNoItem && LeadsInto(path, place) &&
           IsOfStep(path.steps[depth], tag, creator);
  });
}

Result<void> EditActions::Do(const Edit& edit) {
  switch (edit.kind) {
    case EditKind::set:
      return Set(edit, SplitValues(edit.text, TargetVr(edit)));
    case EditKind::age:
      return SetAge(edit);
    case EditKind::copy:
      return Copy(edit);
    case EditKind::prefix:
    case EditKind::suffix:
    case EditKind::replace:
      return ChangeValues(edit);
    case EditKind::map:
      return MapValues(edit);
    case EditKind::remove:
      return Remove(edit.attributes);
    case EditKind::keep_only:
      return KeepOnly(edit);
    case EditKind::shift_dates:
      return ShiftDates(edit);
    case EditKind::new_uids:
      return ReplaceUids(edit);
  }
  return {};
}

std::vector<EditActions::Found> EditActions::Find(const AttributePath& path, Vr vr, IfMissing missing) {
  std::vector<Found> found;
  FindIn(root_, path, 0, vr, missing, found);
  return found;
}

void EditActions::FindIn(TreeItem& item, const AttributePath& path, std::size_t depth, Vr vr, IfMissing missing,
                         std::vector<Found>& found) {
  const PathStep& step = path.steps[depth];
  const bool last = depth + 1 == path.steps.size();
  std::optional<std::uint32_t> tag = TagIn(item, step);
  // Nothing is made for "any item": there is no first one.
  const bool make = missing == IfMissing::make && (last || step.item == 0);
  if (!tag && make) tag = ReserveBlock(item, step);
  if (!tag || (!make && !item.elements.contains(*tag))) return;
  TreeElement& element = item.elements[*tag];
  if (last) {
    if (element.vr == Vr::none) element.vr = vr;
    if (make || element.there) found.push_back({&item, *tag, &element});
    return;
  }
  if (make && !element.there && !element.changed) {
    element.there = element.changed = element.sequence = true;
    element.vr = Vr::SQ;
  }
  if (!element.there || !element.sequence) return;
  if (make && element.items.empty()) {
    TreeItem& made = element.items.emplace_back();
    made.encoding = item.encoding;
    made.terms = item.terms;
  }
  for (std::size_t i = 0; i < element.items.size(); ++i) {
    if (step.item >= 0 && static_cast<std::size_t>(step.item) != i) continue;
    FindIn(element.items[i], path, depth + 1, vr, missing, found);
  }
}

Result<void> EditActions::Set(const Edit& edit, const std::vector<std::string>& values) {
  for (const Found& found : Find(edit.attribute, TargetVr(edit), IfMissing::make)) {
    GATEWAY_TRY(Put(found.tag, *found.element, values));
  }
  return {};
}

Result<void> EditActions::SetAge(const Edit& edit) {
  const AttributePath birth{{PathStep{kPatientBirthDate, {}, PathStep::kNoItem}}};
  const std::vector<Found> born = Find(birth, Vr::DA, IfMissing::skip);
  const std::vector<Found> date = Find(edit.source, Vr::DA, IfMissing::skip);
  if (born.empty() || date.empty() || !born.front().element->has_value() || !date.front().element->has_value())
    return {};
  std::string age = AgeOn(born.front().element->values.front(), date.front().element->values.front());
  return age.empty() ? Result<void>() : Set(edit, {std::move(age)});
}

Result<void> EditActions::Copy(const Edit& edit) {
  const std::vector<Found> source = Find(edit.source, Vr::none, IfMissing::skip);
  if (source.empty() || !source.front().element->there) return {};
  const TreeElement& from = *source.front().element;
  if (from.sequence || !from.readable) {
    return Failed(NameOfElement(source.front().tag), "its value cannot be read, so it cannot be copied");
  }
  if (from.values.empty()) return {};
  return Set(edit, std::vector<std::string>(from.values));
}

Result<void> EditActions::ChangeValues(const Edit& edit) {
  std::optional<Replacement> replacement;
  if (edit.kind == EditKind::replace) {
    GATEWAY_ASSIGN(replacement, Replacement::Create(edit.pattern, edit.text));
  }
  for (const Found& found : Find(edit.attribute, Vr::none, IfMissing::skip)) {
    if (!found.element->readable) return Failed(NameOfElement(found.tag), "its value cannot be read");
    std::vector<std::string> values = found.element->values;
    for (std::string& value : values) {
      if (value.empty()) continue;
      if (edit.kind == EditKind::prefix) value.insert(0, edit.text);
      if (edit.kind == EditKind::suffix) value += edit.text;
      if (!replacement) continue;
      auto replaced = replacement->Apply(value);
      if (!replaced) return Failed(NameOfElement(found.tag), "its value is too long for a regular expression");
      value = *std::move(replaced);
    }
    GATEWAY_TRY(Put(found.tag, *found.element, std::move(values)));
  }
  return {};
}

Result<void> EditActions::MapValues(const Edit& edit) {
  for (const Found& found : Find(edit.attribute, Vr::none, IfMissing::skip)) {
    if (!found.element->readable) return Failed(NameOfElement(found.tag), "its value cannot be read");
    std::vector<std::string> values = found.element->values;
    bool remove = false;
    for (std::string& value : values) {
      if (const auto row = edit.table->find(value); row != edit.table->end()) {
        value = row->second;
        continue;
      }
      if (edit.otherwise == Otherwise::hold)
        return Failed(NameOfElement(found.tag), "the table has no row for its value");
      if (edit.otherwise == Otherwise::empty) value.clear();
      if (edit.otherwise == Otherwise::text) value = edit.otherwise_text;
      remove = remove || edit.otherwise == Otherwise::remove;
    }
    if (remove) {
      Drop(*found.element);
    } else {
      GATEWAY_TRY(Put(found.tag, *found.element, std::move(values)));
    }
  }
  return {};
}

Result<void> EditActions::Remove(const std::vector<AttributePath>& paths) {
  for (const AttributePath& path : paths) {
    for (const Found& found : Find(path, Vr::none, IfMissing::skip)) Drop(*found.element);
  }
  return {};
}

Result<void> EditActions::KeepOnly(const Edit& edit) {
  of_all_.kept.push_back(edit.attributes);
  // Attributes that earlier edits made go as well, if they are not in the list.
  Place root;
  DropOthers(root_, edit.attributes, root);
  return {};
}

Result<void> EditActions::ShiftDates(const Edit& edit) {
  const auto shift = [&edit](std::uint32_t tag, TreeElement& element) -> Result<void> {
    if (element.vr != Vr::DA && element.vr != Vr::DT) return {};
    std::vector<std::string> values = element.values;
    for (std::string& value : values) value = ShiftedDate(value, edit.days);
    if (values == element.values) return {};
    return Put(tag, element, std::move(values));
  };
  if (edit.attributes.empty()) {
    of_all_.days += edit.days;
    return ForEachElement(root_, shift);
  }
  for (const AttributePath& path : edit.attributes) {
    for (const Found& found : Find(path, Vr::none, IfMissing::skip)) {
      if (!found.element->readable) return Failed(NameOfElement(found.tag), "its value cannot be read");
      GATEWAY_TRY(shift(found.tag, *found.element));
    }
  }
  return {};
}

std::string EditActions::NewUid(const Edit& edit, const std::string& uid) {
  // UIDs below this root are those that the standard itself defines.
  if (uid.empty() || uid.starts_with("1.2.840.10008.")) return uid;
  if (edit.table) {
    const auto found = edit.table->find(uid);
    return found == edit.table->end() ? uid : found->second;
  }
  std::string made = KeyedUid(edit.secret, uid);
  // The daemon takes no control characters and UTF-8 only, and files may hold anything.
  replaced_.insert({"uid", TextConverter("").ToUtf8(uid, false), made});
  return made;
}

Result<void> EditActions::ReplaceUids(const Edit& edit) {
  const auto replace = [&](std::uint32_t tag, TreeElement& element) -> Result<void> {
    if (element.vr != Vr::UI) return {};
    std::vector<std::string> values = element.values;
    for (std::string& value : values) value = NewUid(edit, value);
    if (values == element.values) return {};
    return Put(tag, element, std::move(values));
  };
  if (edit.attributes.empty()) {
    of_all_.new_uids = &edit;
    return ForEachElement(root_, [&](std::uint32_t tag, TreeElement& element) -> Result<void> {
      return NamesInstance(tag) ? replace(tag, element) : Result<void>();
    });
  }
  for (const AttributePath& path : edit.attributes) {
    for (const Found& found : Find(path, Vr::none, IfMissing::skip)) GATEWAY_TRY(replace(found.tag, *found.element));
  }
  return {};
}

}  // namespace gateway::dicom
