#include "dicom/edit/attribute_edits.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "attributes/data_dictionary.h"
#include "dicom/character_set.h"
#include "dicom/edit/edit_actions.h"
#include "dicom/edit/edit_tree.h"
#include "dicom/edit/original_attributes.h"
#include "dicom/edit/tree_encoder.h"
#include "dicom/edit/value_codec.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kLongestText = std::size_t{16} << 20;
constexpr std::size_t kLongestShort = 65'536;  // dates and UIDs

// Carries the finished tree over to the file. It runs twice in the same way: first to collect the
// values before, then to write.
class TreeApplier : public ElementEditor {
 public:
  struct Texts {
    bool as_utf8 = false;  // all text is written in UTF-8
    std::string_view default_set;
  };
  // `item` is the finished item for Original Attributes Sequence; empty: there is none yet.
  TreeApplier(TreeItem& root, EditActions& actions, Texts texts, std::string item)
      : root_(root), actions_(actions), texts_(texts), record_(std::move(item)) {}

  Result<void> Enter(const Place& place) override;
  Result<Decision> Decide(const Place& place, const ElementView& element) override;
  Result<std::vector<NewElement>> Leave(const Place& place) override;
  Result<std::string> AppendItems(const Place& place, std::uint32_t sequence) override;

  [[nodiscard]] bool changed() const { return changed_; }
  [[nodiscard]] const OriginalAttributes& originals() const { return originals_; }

 private:
  // Holds what is known of the data set or item that is open.
  struct Frame {
    TreeItem* item = nullptr;  // null: no edit names anything in it
    std::string terms;
    std::set<std::uint32_t> seen;     // attributes of the tree that came
    std::vector<bool> kept_with_all;  // for each list of keep_only: the list keeps all that is here
    bool has_terms = false;
    bool has_originals = false;
  };

  Result<Decision> DecideTerms(const ElementView& element);
  // Returns nullopt if the element is to be treated as one that no edit names.
  std::optional<Decision> DecideByTree(const ElementView& element, TreeElement& known);
  bool IsKept(const Place& place, const ElementView& element);
  Result<Decision> DecideValue(const Place& place, const ElementView& element, bool in_tree);
  Result<std::optional<Decision>> ChangedByAll(const Place& place, const ElementView& element, Vr vr);
  Result<Decision> Converted(const ElementView& element, Vr vr);
  Decision DescendInto(const Place& place, const ElementView& element, bool named);
  // Notes the change, and what was there before it.
  Result<Decision> Changing(const Place& place, const ElementView& element, Decision decision);

  TreeItem& root_;
  EditActions& actions_;
  const Texts texts_;
  const std::string record_;
  std::vector<Frame> frames_;
  std::vector<bool> kept_with_all_;  // of the sequence that is entered next
  OriginalAttributes originals_;
  // The sequence of the data set itself that is open: what it was, and whether something in it
  // changed.
  struct Open {
    std::uint32_t tag = 0;
    std::string creator;
    std::optional<std::string> bytes;
    bool changed = false;
  } open_;
  bool changed_ = false;
};

Result<void> TreeApplier::Enter(const Place& place) {
  Frame frame;
  if (place.is_root()) {
    frame.item = &root_;
    frame.terms = root_.terms;
    frame.kept_with_all.resize(actions_.of_all().kept.size());
  } else if (!place.meta) {
    const Frame& outer = frames_.back();
    frame.terms = outer.terms;
    frame.kept_with_all = kept_with_all_;
    const Step& step = place.steps.back();
    if (outer.item != nullptr) {
      const auto found = outer.item->elements.find(step.sequence);
      if (found != outer.item->elements.end() && step.item < found->second.items_in_file) {
        frame.item = &found->second.items[step.item];
      }
    }
  }
  frames_.push_back(std::move(frame));
  return {};
}

Result<Decision> TreeApplier::Decide(const Place& place, const ElementView& element) {
  if (place.meta) return Decision::Keep();
  if (element.tag == kSpecificCharacterSet) return DecideTerms(element);
  Frame& frame = frames_.back();
  if (place.is_root() && element.tag == kOriginalAttributes) frame.has_originals = true;
  TreeElement* known = nullptr;
  if (frame.item != nullptr) {
    const auto found = frame.item->elements.find(element.tag);
    if (found != frame.item->elements.end()) known = &found->second;
  }
  if (known != nullptr) {
    if (std::optional<Decision> decision = DecideByTree(element, *known)) {
      return Changing(place, element, *std::move(decision));
    }
  }
  if (!IsKept(place, element)) return Changing(place, element, Decision::Remove());
  const bool sequence = element.form == Form::sequence || element.form == Form::maybe_sequence;
  if (sequence) {
    const Decision decision = DescendInto(place, element, known != nullptr && known->sequence && !known->items.empty());
    if (decision.act == Decision::Act::descend && place.is_root()) {
      open_ = {element.tag, element.creator, std::nullopt, false};
      GATEWAY_ASSIGN(open_.bytes, element.Bytes(OriginalAttributes::kLongest));
    }
    return decision;
  }
  return DecideValue(place, element, known != nullptr);
}

Result<Decision> TreeApplier::DecideTerms(const ElementView& element) {
  Frame& frame = frames_.back();
  if (!frame.has_terms) {
    GATEWAY_ASSIGN(const std::optional<std::string> terms, element.Value(kLongestShort));
    frame.terms = TrimPadding(terms.value_or(std::string()));
  }
  const bool again = std::exchange(frame.has_terms, true);
  if (!texts_.as_utf8) return Decision::Keep();
  changed_ = true;
  return again ? Decision::Remove() : Decision::Replace(std::string(kUtf8Term), {'C', 'S'});
}

std::optional<Decision> TreeApplier::DecideByTree(const ElementView& element, TreeElement& known) {
  const bool again = !frames_.back().seen.insert(element.tag).second;
  if (!known.there) return Decision::Remove();
  if (!known.changed || known.sequence) return std::nullopt;
  // If an attribute stands there twice, the first one counts. The second must not bring back what
  // the first one was.
  return again ? Decision::Remove() : Decision::Replace(known.encoded, LettersOf(known.vr));
}

bool TreeApplier::IsKept(const Place& place, const ElementView& element) {
  const auto& lists = actions_.of_all().kept;
  kept_with_all_ = frames_.back().kept_with_all;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (kept_with_all_[i]) continue;
    if (KeepsWhole(lists[i], place, element.tag, element.creator)) {
      kept_with_all_[i] = true;
    } else if (!KeepsInside(lists[i], place, element.tag, element.creator)) {
      return false;
    }
  }
  return true;
}

Decision TreeApplier::DescendInto(const Place& place, const ElementView& element, bool named) {
  const bool restricted = std::find(kept_with_all_.begin(), kept_with_all_.end(), false) != kept_with_all_.end();
  const bool originals = place.is_root() && element.tag == kOriginalAttributes && !record_.empty();
  const bool all = actions_.of_all().concern_all() || texts_.as_utf8;
  return named || restricted || originals || all ? Decision::Descend() : Decision::Keep();
}

Result<Decision> TreeApplier::DecideValue(const Place& place, const ElementView& element, bool in_tree) {
  if (element.form != Form::value) return Decision::Keep();
  const Vr vr = VrOfElement(element.tag, element.vr);
  if (!in_tree && actions_.of_all().concern_all()) {
    GATEWAY_ASSIGN(std::optional<Decision> decision, ChangedByAll(place, element, vr));
    if (decision) return Changing(place, element, *std::move(decision));
  }
  return texts_.as_utf8 && attributes::HasCharacterSet(vr) ? Converted(element, vr) : Decision::Keep();
}

// Does what edits without a list do to every date or UID.
Result<std::optional<Decision>> TreeApplier::ChangedByAll(const Place& place, const ElementView& element, Vr vr) {
  const EditsOfAll& all = actions_.of_all();
  const bool date = all.days != 0 && (vr == Vr::DA || vr == Vr::DT);
  const bool uid = all.new_uids != nullptr && vr == Vr::UI && NamesInstance(element.tag);
  if (!date && !uid) return std::optional<Decision>();
  GATEWAY_ASSIGN(const std::optional<std::string> bytes, element.Value(kLongestShort));
  if (!bytes) return Permanent(codes::kTransformFailed, "a date or UID is longer than any that makes sense");
  TextConverter converter{frames_.back().terms};
  const auto before = DecodeValues(*bytes, vr, place.encoding, converter);
  if (!before) return std::optional<Decision>();
  std::vector<std::string> after = *before;
  for (std::string& value : after) value = date ? ShiftedDate(value, all.days) : actions_.NewUid(*all.new_uids, value);
  if (after == *before) return std::optional<Decision>();
  const auto encoded = EncodeValues(after, vr, place.encoding, frames_.back().terms);
  return std::optional(Decision::Replace(*encoded, LettersOf(vr)));
}

// The text means the same, so it is no change that anybody has to know of.
Result<Decision> TreeApplier::Converted(const ElementView& element, Vr vr) {
  if (element.length > kLongestText) return Permanent(codes::kTransformFailed, "a text is too long to be converted");
  GATEWAY_ASSIGN(const std::optional<std::string> bytes, element.Value(kLongestText));
  const std::string_view text = TrimPadding(*bytes);
  if (IsPlainAscii(text)) return Decision::Keep();
  TextConverter converter(frames_.back().terms, texts_.default_set);
  return Decision::Replace(converter.Convert(text, vr == Vr::PN), LettersOf(vr));
}

Result<Decision> TreeApplier::Changing(const Place& place, const ElementView& element, Decision decision) {
  changed_ = true;
  open_.changed = true;
  if (place.is_root()) GATEWAY_TRY(originals_.Take(place, element));
  return decision;
}

Result<std::vector<NewElement>> TreeApplier::Leave(const Place& place) {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  std::vector<NewElement> added;
  if (frame.item != nullptr) {
    GATEWAY_ASSIGN(added, NewElementsOf(*frame.item));
  }
  changed_ = changed_ || !added.empty();
  open_.changed = open_.changed || !added.empty();
  if (!place.is_root()) return added;
  for (const NewElement& element : added) GATEWAY_TRY(originals_.TakeMissing(place, element));
  if (texts_.as_utf8 && !frame.has_terms) added.push_back({kSpecificCharacterSet, {'C', 'S'}, std::string(kUtf8Term)});
  if (!record_.empty() && !frame.has_originals) added.push_back({kOriginalAttributes, {'S', 'Q'}, record_});
  std::sort(added.begin(), added.end(),
            [](const NewElement& one, const NewElement& other) { return one.tag < other.tag; });
  return added;
}

Result<std::string> TreeApplier::AppendItems(const Place& place, std::uint32_t sequence) {
  std::string items;
  const Frame& frame = frames_.back();
  if (frame.item != nullptr) {
    const auto found = frame.item->elements.find(sequence);
    if (found != frame.item->elements.end() && found->second.in_file) {
      GATEWAY_ASSIGN(items, NewItemsOf(found->second, found->second.items_in_file));
    }
  }
  open_.changed = open_.changed || !items.empty();
  changed_ = changed_ || !items.empty();
  if (!place.is_root()) return items;
  if (open_.changed && open_.tag == sequence && open_.bytes && sequence != kOriginalAttributes) {
    GATEWAY_TRY(originals_.Take(place, sequence, open_.creator, *std::move(open_.bytes)));
  }
  open_ = {};
  return sequence == kOriginalAttributes ? items + record_ : items;
}

}  // namespace

Result<EditOutcome> EditAttributes(const EditedFile& file, const Recipe& recipe, const EditRecord& record, int out) {
  TreeItem root;
  const std::vector<NamedPath> paths = PathsOf(recipe.edits);
  TreeReader reader(paths, root);
  GATEWAY_TRY(file.Visit(reader));
  DecodeTree(root, record.default_set);
  EditActions actions(root);
  for (const Edit& edit : recipe.edits) GATEWAY_TRY(actions.Do(edit));
  const bool as_utf8 = !CanExpress(root);
  EncodeTree(root, as_utf8);
  TreeApplier before(root, actions, {as_utf8, record.default_set}, {});
  GATEWAY_TRY(file.Visit(before));
  if (!before.changed()) return EditOutcome{};
  std::string item;
  if (recipe.original_attributes && !before.originals().empty()) {
    const std::optional<std::string> terms = as_utf8 ? std::optional(root.terms) : std::nullopt;
    GATEWAY_ASSIGN(item, before.originals().Item(root.encoding, record, terms));
  }
  TreeApplier writer(root, actions, {as_utf8, record.default_set}, std::move(item));
  GATEWAY_TRY(file.Rewrite(writer, out));
  return EditOutcome{true, actions.replaced()};
}

}  // namespace gateway::dicom
