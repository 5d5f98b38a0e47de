#include "dicom/edit/edit_tree.h"

#include <algorithm>
#include <utility>

#include "attributes/data_dictionary.h"
#include "dicom/character_set.h"
#include "dicom/edit/value_codec.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kLongestValue = std::size_t{1} << 20;
constexpr std::size_t kLongestTerms = 1024;
constexpr std::size_t kLongestCreator = 64;
constexpr std::uint32_t kPatientBirthDate = Tag(0x0010, 0x0030);

bool IsPrivate(std::uint32_t tag) {
  return (tag >> 16) % 2 == 1;
}

std::uint32_t BlockOf(std::uint32_t tag) {
  return (tag & 0xFFFF0000) | (tag >> 8 & 0xFF);
}

void AddPath(std::vector<NamedPath>& paths, const AttributePath& path, Vr vr = Vr::none) {
  if (path.steps.empty()) return;
  const auto known =
      std::find_if(paths.begin(), paths.end(), [&](const NamedPath& named) { return named.path == path; });
  if (known == paths.end()) {
    paths.push_back({path, vr});
  } else if (known->vr == Vr::none) {
    known->vr = vr;
  }
}

}  // namespace

bool IsOfStep(const PathStep& step, std::uint32_t tag, const std::string& creator) {
  if (step.creator.empty()) return step.tag == tag;
  return step.tag >> 16 == tag >> 16 && (step.tag & 0xFF) == (tag & 0xFF) && step.creator == creator;
}

bool LeadsInto(const AttributePath& path, const Place& place) {
  if (path.steps.size() < place.steps.size()) return false;
  for (std::size_t i = 0; i < place.steps.size(); ++i) {
    const PathStep& wanted = path.steps[i];
    const Step& step = place.steps[i];
    if (wanted.item == PathStep::kNoItem || !IsOfStep(wanted, step.sequence, step.creator)) return false;
    if (wanted.item >= 0 && static_cast<std::uint32_t>(wanted.item) != step.item) return false;
  }
  return true;
}

std::vector<NamedPath> PathsOf(const std::vector<Edit>& edits) {
  std::vector<NamedPath> paths;
  for (const Edit& edit : edits) {
    AddPath(paths, edit.attribute, edit.vr);
    AddPath(paths, edit.source);
    if (edit.kind == EditKind::age) AddPath(paths, {{PathStep{kPatientBirthDate, {}, PathStep::kNoItem}}});
    // Nothing need be known of an element that is kept.
    if (edit.kind == EditKind::keep_only) continue;
    for (const AttributePath& path : edit.attributes) AddPath(paths, path);
  }
  return paths;
}

TreeItem* TreeReader::ItemAt(const Place& place) {
  TreeItem* item = &root_;
  for (const Step& step : place.steps) {
    const auto found = item->elements.find(step.sequence);
    if (found == item->elements.end() || step.item >= found->second.items.size()) return nullptr;
    item = &found->second.items[step.item];
  }
  return item;
}

Result<void> TreeReader::Enter(const Place& place) {
  if (place.is_root()) {
    root_.encoding = place.encoding;
    return {};
  }
  Place around{{place.steps.begin(), place.steps.end() - 1}, place.encoding};
  TreeItem* const outer = ItemAt(around);
  if (outer == nullptr) return {};
  const auto sequence = outer->elements.find(place.steps.back().sequence);
  // If a sequence stands there twice, the first one counts.
  if (sequence == outer->elements.end() || sequence->second.items.size() > place.steps.back().item) return {};
  TreeItem& item = sequence->second.items.emplace_back();
  item.encoding = place.encoding;
  item.terms = outer->terms;
  sequence->second.items_in_file = sequence->second.items.size();
  return {};
}

Result<Decision> TreeReader::Decide(const Place& place, const ElementView& element) {
  TreeItem* const item = ItemAt(place);
  if (item == nullptr) return Decision::Keep();
  item->encoding = place.encoding;
  if (element.tag == kSpecificCharacterSet) GATEWAY_TRY(NoteTerms(element, *item));
  if (IsPrivate(element.tag)) GATEWAY_TRY(NoteBlock(element, *item));
  const std::size_t depth = place.steps.size();
  const bool sequence = element.form == Form::sequence || element.form == Form::maybe_sequence;
  bool named = false;
  bool leads_on = false;
  Vr configured = Vr::none;
  for (const auto& [path, vr] : paths_) {
    if (path.steps.size() <= depth || !IsOfStep(path.steps[depth], element.tag, element.creator)) continue;
    if (!LeadsInto(path, place)) continue;
    (path.steps.size() == depth + 1 ? named : leads_on) = true;
    if (path.steps.size() == depth + 1 && vr != Vr::none) configured = vr;
  }
  if (!named && !leads_on) return Decision::Keep();
  const auto [found, fresh] = item->elements.try_emplace(element.tag);
  if (!fresh) return Decision::Keep();
  TreeElement& taken = found->second;
  taken.in_file = taken.there = true;
  taken.letters = element.vr;
  taken.vr = VrOfElement(element.tag, element.vr);
  if (taken.vr == Vr::none) taken.vr = configured;
  taken.sequence = sequence && (taken.vr == Vr::SQ || element.form == Form::sequence || leads_on);
  if (taken.sequence) return leads_on ? Decision::Descend() : Decision::Keep();
  GATEWAY_TRY(Take(element, taken));
  return Decision::Keep();
}

Result<Decision> TreeReader::DecideUnreadable(const Place& place, const ElementView& element) {
  TreeElement& taken = ItemAt(place)->elements.at(element.tag);
  taken.sequence = false;
  GATEWAY_TRY(Take(element, taken));
  return Decision::Keep();
}

Result<void> TreeReader::Take(const ElementView& element, TreeElement& taken) {
  GATEWAY_ASSIGN(std::optional<std::string> bytes, element.Value(kLongestValue));
  taken.readable = bytes.has_value();
  if (bytes) taken.bytes = *std::move(bytes);
  return {};
}

Result<void> TreeReader::NoteTerms(const ElementView& element, TreeItem& item) {
  GATEWAY_ASSIGN(const std::optional<std::string> terms, element.Value(kLongestTerms));
  if (!terms || item.has_own_terms) return {};
  item.terms = TrimPadding(*terms);
  item.has_own_terms = true;
  return {};
}

Result<void> TreeReader::NoteBlock(const ElementView& element, TreeItem& item) {
  const std::uint32_t number = element.tag & 0xFFFF;
  if (number >= 0x1000) item.blocks.insert(BlockOf(element.tag));
  if (number < 0x10 || number > 0xFF) return {};
  GATEWAY_ASSIGN(const std::optional<std::string> creator, element.Value(kLongestCreator));
  item.creators.try_emplace(element.tag, TrimPadding(creator.value_or(std::string())));
  return {};
}

void DecodeTree(TreeItem& item, std::string_view default_set) {
  TextConverter converter(item.terms, default_set);
  for (auto& [tag, element] : item.elements) {
    for (TreeItem& inner : element.items) {
      if (!inner.has_own_terms) inner.terms = item.terms;
      DecodeTree(inner, default_set);
    }
    if (element.sequence || !element.readable) continue;
    auto values = DecodeValues(element.bytes, element.vr, item.encoding, converter);
    element.readable = values.has_value();
    if (values) element.values = *std::move(values);
  }
}

}  // namespace gateway::dicom
