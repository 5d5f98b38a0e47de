#include "dicom/deidentify/deidentifier.h"

#include <algorithm>
#include <utility>

#include "dicom/character_set.h"
#include "dicom/deidentify/dummy_values.h"
#include "dicom/deidentify/method.h"
#include "dicom/deidentify/shifted_dates.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

using Option = DeidentifyOption;

// A longer text is no description that anybody typed, and a longer list of UIDs no list of DICOM.
constexpr std::size_t kLongestValue = 1 << 20;

constexpr std::uint32_t kPatientName = Tag(0x0010, 0x0010);
constexpr std::uint32_t kPatientId = Tag(0x0010, 0x0020);
constexpr std::uint32_t kAccessionNumber = Tag(0x0008, 0x0050);
constexpr std::uint32_t kCodeMeaning = Tag(0x0008, 0x0104);
constexpr std::uint32_t kInstitutionCodeSequence = Tag(0x0008, 0x0082);
constexpr std::uint32_t kPersonIdentificationCodeSequence = Tag(0x0040, 0x1101);
constexpr std::uint32_t kContentSequence = Tag(0x0040, 0xA730);
constexpr std::uint32_t kGraphicAnnotationSequence = Tag(0x0070, 0x0001);
constexpr std::uint32_t kEncapsulatedDocument = Tag(0x0042, 0x0011);
constexpr std::uint32_t kPixelDataProviderUrl = Tag(0x0028, 0x7FE0);
// Free text that the profile does not name, because it stands only in what its options clean.
constexpr std::uint32_t kTextValue = Tag(0x0040, 0xA160);
constexpr std::uint32_t kUnformattedTextValue = Tag(0x0070, 0x0006);

bool IsPrivate(std::uint32_t tag) {
  return (tag >> 16) % 2 == 1;
}
bool IsGroupLength(std::uint32_t tag) {
  return (tag & 0xFFFF) == 0;
}
// Overlays and curves may hold text, and no program can tell. Their pictures go (option Clean
// Graphics or not), so what describes them goes as well.
bool IsOverlayOrCurve(std::uint32_t tag) {
  const std::uint32_t family = tag >> 24;
  return family == 0x60 || family == 0x50;
}
bool IsPixels(std::uint32_t tag) {
  return tag >= kFloatPixelData && tag <= kPixelData;
}
bool IsText(VrLetters vr) {
  constexpr std::string_view kVrs = "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT";
  return kVrs.find(std::string_view(vr.data(), vr.size())) != std::string_view::npos;
}
bool IsFreeText(VrLetters vr) {
  constexpr std::string_view kVrs = "LO LT PN SH ST UC UT";
  return kVrs.find(std::string_view(vr.data(), vr.size())) != std::string_view::npos;
}
bool IsDate(VrLetters vr) {
  return vr == VrLetters{'D', 'A'} || vr == VrLetters{'D', 'T'} || vr == VrLetters{'T', 'M'};
}
bool IsSequence(const ElementView& element) {
  return element.form == Form::sequence || element.form == Form::maybe_sequence;
}
bool InCleanedCode(const Place& place) {
  return std::ranges::any_of(place.steps, [](const Step& step) {
    const ProfileRow* const row = step.creator.empty() ? FindProfileRow(step.sequence) : nullptr;
    return row != nullptr && (row->columns & column::kDescriptors) != 0;
  });
}

// UN holds Implicit VR Little Endian, wherever it stands (PS3.5 section 6.2.2).
ElementEncoding EncodingOfItems(const Place& place, const ElementView& element) {
  return element.vr == VrLetters{'U', 'N'} ? ElementEncoding{.explicit_vr = false} : place.encoding;
}

AttributePlace PlaceOf(const Place& place, std::uint32_t tag) {
  return {.tag = tag, .sequence = place.steps.empty() ? 0 : place.steps.back().sequence};
}

}  // namespace

Result<void> Deidentifier::Enter(const Place& place) {
  if (place.meta) return {};
  const std::size_t depth = place.steps.size();
  std::string outer = depth == 0 || character_sets_.empty() ? std::string() : character_sets_[depth - 1];
  character_sets_.resize(depth);
  character_sets_.push_back(std::move(outer));
  return {};
}

const std::string& Deidentifier::CharacterSetOf(const Place& place) const {
  return character_sets_[place.steps.size()];
}

Result<Decision> Deidentifier::Decide(const Place& place, const ElementView& element) {
  if (place.meta) return DecideMeta(element);
  if (element.tag == kSpecificCharacterSet) {
    GATEWAY_ASSIGN(const auto terms, element.Value(kLongestValue));
    character_sets_[place.steps.size()] = std::string(TrimPadding(terms.value_or("")));
    return Decision::Keep();
  }
  // Nobody needs the lengths of groups, and those of groups that go would tell that they were
  // there.
  if (IsGroupLength(element.tag)) return Decision::Remove();
  if (IsPrivate(element.tag)) return DecidePrivate(place, element);
  if (place.is_root()) {
    for (NewElement& ours : MethodElements(EncodingOfItems(place, element))) {
      if (ours.tag != element.tag) continue;
      if (!method_written_.insert(ours.tag).second) return Decision::Remove();  // it stands there twice
      return Decision::Replace(std::move(ours.value), ours.vr);
    }
  }
  const auto vr = KnownVr(element.tag);
  if (!vr || IsOverlayOrCurve(element.tag)) return Decision::Remove();
  return DecideStandard(place, element, *vr);
}

// The entries of other programs in the File Meta Information say which systems had the file.
Result<Decision> Deidentifier::DecideMeta(const ElementView& element) {
  switch (element.tag) {
    case Tag(0x0002, 0x0001):
    case Tag(0x0002, 0x0002):
    case Tag(0x0002, 0x0010):
    case Tag(0x0002, 0x0012):
      return Decision::Keep();
    case Tag(0x0002, 0x0003):
      return rules_.settings.Has(Option::retain_uids) ? Decision::Keep() : ReplaceUids(element);
    default:
      return Decision::Remove();
  }
}

Result<Decision> Deidentifier::DecidePrivate(const Place& place, const ElementView& element) {
  if (!rules_.settings.Has(Option::retain_safe_private)) return Decision::Remove();
  const auto group = static_cast<std::uint16_t>(element.tag >> 16);
  const std::uint32_t number = element.tag & 0xFFFF;
  const auto& safe = rules_.settings.safe_private;
  if (number >= 0x0010 && number <= 0x00FF) {
    GATEWAY_ASSIGN(const auto value, element.Value(kLongestValue));
    const std::string_view creator = TrimPadding(value ? *value : std::string_view());
    const bool used = element.form == Form::value && std::ranges::any_of(safe, [&](const PrivateAttribute& attribute) {
                        return attribute.group == group && attribute.creator == creator;
                      });
    return used ? Decision::Keep() : Decision::Remove();
  }
  const PrivateAttribute attribute{group, static_cast<std::uint8_t>(number & 0xFF), element.creator};
  if (number < 0x1000 || std::ranges::find(safe, attribute) == safe.end()) return Decision::Remove();
  if (IsSequence(element)) return Decision::Descend();
  if (element.form != Form::value) return Decision::Remove();
  if (element.vr == VrLetters{'U', 'I'} && !rules_.settings.Has(Option::retain_uids)) return ReplaceUids(element);
  if (IsDate(element.vr) && rules_.settings.Has(Option::retain_longitudinal_modified_dates)) {
    return Shift(place, element, element.vr);
  }
  return Decision::Keep();
}

// `vr` is that of PS3.6. The file may give another one, which only says how the bytes are read.
Result<Decision> Deidentifier::DecideStandard(const Place& place, const ElementView& element, VrLetters vr) {
  if (element.tag == kEncapsulatedDocument) {
    return Permanent(codes::kDeidentifyContent, "it holds a document, which no program can clean");
  }
  if (element.tag == kPixelDataProviderUrl) {
    return Permanent(codes::kDeidentifyContent, "its pixel data are elsewhere, where the gateway cannot clean them");
  }
  if (element.form == Form::fragments) return IsPixels(element.tag) ? Decision::Keep() : Decision::Remove();
  const Action action = rules_.profile.ActionFor(PlaceOf(place, element.tag), instance_.sop_class);
  if (vr == VrLetters{'S', 'Q'}) {
    if (IsSequence(element)) return DecideSequence(place, element, action);
    return element.length == 0 && action != Action::remove ? Decision::Keep() : Decision::Remove();
  }
  if (IsSequence(element)) return Decision::Remove();
  if (element.tag == kTextValue || element.tag == kUnformattedTextValue) return Clean(place, element, vr);
  if (element.tag == kCodeMeaning && InCleanedCode(place)) return Clean(place, element, vr);
  return Follow(action, place, element, vr);
}

Result<Decision> Deidentifier::DecideSequence(const Place& place, const ElementView& element, Action action) {
  switch (action) {
    case Action::remove:
      return Decision::Remove();
    case Action::empty:
      return Decision::Replace({}, {'S', 'Q'});
    case Action::dummy:
      break;
    case Action::keep:
    case Action::new_uids:
    case Action::shift:
    case Action::clean:
      return Decision::Descend();
  }
  switch (element.tag) {
    case kContentSequence:
      return Permanent(codes::kDeidentifyContent,
                       "it has structured content; the option clean-structured-content "
                       "would clean it");
    // Without its module, which no IOD demands, a presentation state is still one.
    case kGraphicAnnotationSequence:
      return Decision::Remove();
    case kInstitutionCodeSequence:
    case kPersonIdentificationCodeSequence:
      return Decision::Replace(DummyCodeItem(EncodingOfItems(place, element)), {'S', 'Q'});
    // The profile has codes of their own for what stands in the items of the others.
    default:
      return Decision::Descend();
  }
}

Result<Decision> Deidentifier::Follow(Action action, const Place& place, const ElementView& element, VrLetters vr) {
  const bool text_for_number = IsFreeText(element.vr) && !IsText(vr);
  switch (action) {
    case Action::keep:
      return text_for_number ? Decision::Remove() : Decision::Keep();
    case Action::remove:
      return Decision::Remove();
    case Action::new_uids:
      return ReplaceUids(element);
    case Action::shift:
      return Shift(place, element, vr);
    case Action::clean:
      return Clean(place, element, vr);
    case Action::empty:
    case Action::dummy:
      break;
  }
  if (element.tag == kPatientId || element.tag == kPatientName || element.tag == kAccessionNumber) {
    return ReplaceByPseudonym(place, element, vr);
  }
  if (action == Action::empty || element.length == 0) return Decision::Replace({}, vr);
  if (vr == VrLetters{'U', 'I'}) return ReplaceUids(element);
  auto dummy = DummyValue(vr, element.length);
  return dummy ? Decision::Replace(*std::move(dummy), vr) : Decision::Remove();
}

Result<Decision> Deidentifier::Basic(const Place& place, const ElementView& element, VrLetters vr) {
  const Action action = Profile::BasicActionFor(PlaceOf(place, element.tag), instance_.sop_class);
  if (action == Action::keep) return Decision::Replace(DummyValue(vr, element.length).value_or(""), vr);
  return Follow(action, place, element, vr);
}

Result<Decision> Deidentifier::Clean(const Place& place, const ElementView& element, VrLetters vr) {
  if (!IsFreeText(vr)) return Basic(place, element, vr);
  GATEWAY_ASSIGN(const auto value, element.Value(kLongestValue));
  std::string kept = rules_.words.Clean(value ? *value : std::string(), CharacterSetOf(place));
  if (kept.empty()) return Basic(place, element, vr);
  return Decision::Replace(std::move(kept), vr);
}

Result<Decision> Deidentifier::Shift(const Place& place, const ElementView& element, VrLetters vr) {
  GATEWAY_ASSIGN(const auto value, element.Value(kLongestValue));
  auto shifted = value ? Shifted(*value, vr, pseudonyms_.ShiftDays()) : std::nullopt;
  if (!shifted) return IsPrivate(element.tag) ? Decision::Remove() : Basic(place, element, vr);
  return Decision::Replace(*std::move(shifted), vr);
}

std::string Deidentifier::NewUid(std::string_view uid) {
  std::string fresh = pseudonyms_.Uid(uid);
  if (fresh != uid) Note("uid", TextConverter("").ToUtf8(uid, false), fresh);
  return fresh;
}

Result<Decision> Deidentifier::ReplaceUids(const ElementView& element) {
  GATEWAY_ASSIGN(const auto value, element.Value(kLongestValue));
  if (!value) return Decision::Remove();
  std::string replaced;
  std::string_view rest = *value;
  while (true) {
    const std::size_t end = rest.find('\\');
    const std::string_view uid = TrimPadding(rest.substr(0, end));
    if (!uid.empty()) replaced += NewUid(uid);
    if (end == std::string_view::npos) return Decision::Replace(std::move(replaced), {'U', 'I'});
    replaced += '\\';
    rest.remove_prefix(end + 1);
  }
}

Result<Decision> Deidentifier::ReplaceByPseudonym(const Place& place, const ElementView& element, VrLetters vr) {
  GATEWAY_ASSIGN(const auto value, element.Value(kLongestValue));
  const std::string_view old_value = TrimPadding(value ? *value : std::string_view());
  const bool name = element.tag == kPatientName;
  const std::string& terms = CharacterSetOf(place);
  const std::string shown = TextConverter(terms).ToUtf8(old_value, name);
  const std::string identifier = name ? std::string() : IdentifierText(old_value, terms);
  if (element.tag == kAccessionNumber) {
    std::string number = old_value.empty() ? std::string() : pseudonyms_.AccessionNumber(identifier);
    Note("accession-number", shown, number);
    return Decision::Replace(std::move(number), vr);
  }
  if (!place.is_root()) {
    // A name in an item is not always that of the patient of the instance.
    if (element.tag == kPatientName) return Decision::Replace(old_value.empty() ? "" : "REMOVED", vr);
    return Decision::Replace(old_value.empty() ? std::string() : pseudonyms_.OtherPatientId(identifier), vr);
  }
  const std::string& fresh = name ? pseudonyms_.patient_name() : pseudonyms_.patient_id();
  Note(name ? "patient-name" : "patient-id", shown, fresh);
  return Decision::Replace(FromUtf8(fresh, terms), vr);
}

void Deidentifier::Note(const char* kind, const std::string& old_value, const std::string& new_value) {
  if (!old_value.empty()) replaced_.insert({kind, old_value, new_value});
}

Result<Decision> Deidentifier::DecideUnreadable(const Place& /*place*/, const ElementView& /*element*/) {
  return Decision::Remove();
}

Result<void> Deidentifier::PassStrayItem(const Place& /*place*/) {
  return Permanent(codes::kDeidentifyUnknown, "it has bytes that belong to no attribute");
}

std::vector<NewElement> Deidentifier::MethodElements(const ElementEncoding& encoding) const {
  return MethodOf(rules_.settings, instance_.pixels_cleaned, encoding);
}

Result<std::vector<NewElement>> Deidentifier::Leave(const Place& place) {
  if (!place.is_root()) return std::vector<NewElement>();
  std::vector<NewElement> added = MethodElements(place.encoding);
  std::erase_if(added, [&](const NewElement& element) { return method_written_.contains(element.tag); });
  return added;
}

}  // namespace gateway::dicom
