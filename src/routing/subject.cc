#include "routing/subject.h"

#include <algorithm>

#include "attributes/attribute_path.h"
#include "base/unicode.h"
#include "routing/text_values.h"

namespace gateway::routing {
namespace {

using State = AttributeValue::State;

constexpr std::uint32_t kMediaStorageSopClassUid = 0x00020002;
constexpr std::uint32_t kMediaStorageSopInstanceUid = 0x00020003;
constexpr std::uint32_t kTransferSyntaxUid = 0x00020010;

// Returns nullptr for another attribute than those that the header reader always reads.
const std::string* OfMetaHeader(std::uint32_t tag, const InstanceHeader& header) {
  switch (tag) {
    case kTransferSyntaxUid:
      return &header.transfer_syntax_uid;
    case kMediaStorageSopClassUid:
      return &header.sop_class_uid;
    case kMediaStorageSopInstanceUid:
      return &header.sop_instance_uid;
    default:
      return nullptr;
  }
}

void Add(std::vector<std::string>& texts, std::string text) {
  text = Comparable(text);
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
}

SubjectValues OfText(std::string_view text, ValueKind kind) {
  SubjectValues values;
  values.known = text.data() != nullptr;
  if (!values.known) return values;
  values.state = text.empty() ? State::empty : State::values;
  const bool several = kind == ValueKind::text || kind == ValueKind::person_name || kind == ValueKind::day;
  if (!text.empty()) {
    for (std::string& value : several ? SingleValuesOf(text) : std::vector{std::string(text)}) {
      Add(values.values, std::move(value));
    }
  }
  // An expression such as "~^$" matches a text that is empty.
  if (!several) Add(values.forms, std::string(text));
  for (std::string& form : kind == ValueKind::person_name ? NamesOf(text)
                           : several                      ? ValuesOf(text)
                                                          : std::vector<std::string>()) {
    Add(values.forms, std::move(form));
  }
  return values;
}

std::string AllOf(const std::vector<std::string>& values) {
  std::string all;
  for (std::size_t i = 0; i < values.size(); ++i) all.append(i > 0 ? "\\" : "").append(values[i]);
  return all;
}

SubjectValues OfAttribute(const AttributeValue& read, bool person_name) {
  SubjectValues values{true, read.state, read.vr, {}, {}};
  for (const std::string& value : read.values) Add(values.values, value);
  if (read.state == State::empty) values.forms.emplace_back();
  if (read.state != State::values) return values;
  const std::string all = AllOf(read.values);
  for (std::string& form : person_name ? NamesOf(all) : std::vector{all}) Add(values.forms, std::move(form));
  for (const std::string& value : values.values) Add(values.forms, value);
  return values;
}

}  // namespace

Subject Subject::Of(const Criterion& criterion) {
  if (criterion.attribute != nullptr) return {criterion.attribute, {}, std::string(criterion.attribute->key)};
  return {nullptr, criterion.path, attributes::Text(criterion.path)};
}

attributes::Comparison Subject::comparison() const {
  using attributes::Comparison;
  if (attribute == nullptr) {
    const Vr vr = attributes::VrOf(path);
    return vr == Vr::none ? Comparison::text : attributes::ComparisonOf(vr);
  }
  switch (attribute->kind) {
    case ValueKind::number:
    case ValueKind::size:
      return Comparison::number;
    case ValueKind::time_of_day:
      return Comparison::time;
    default:
      return Comparison::text;
  }
}

bool Subject::IsPersonName() const {
  return attribute == nullptr ? attributes::VrOf(path) == Vr::PN : attribute->kind == ValueKind::person_name;
}

bool Subject::IsOfMetaHeader() const {
  return attribute == nullptr && path.steps.size() == 1 && path.steps.front().tag >> 16 == 2;
}

SubjectValues ValuesOf(const Subject& subject, const RuleFacts& facts) {
  if (subject.attribute != nullptr) return OfText(ValueOf(*subject.attribute, facts), subject.attribute->kind);
  if (facts.header == nullptr) return {};
  if (subject.IsOfMetaHeader()) {
    const std::string* const uid = OfMetaHeader(subject.path.steps.front().tag, *facts.header);
    return uid == nullptr ? SubjectValues() : OfText(*uid, ValueKind::uid);
  }
  const auto found = facts.header->asked.find(subject.name);
  if (found == facts.header->asked.end()) return {};
  return OfAttribute(found->second, subject.IsPersonName());
}

std::string Comparable(std::string_view text) {
  constexpr std::string_view kPadding(" \0", 2);
  const std::size_t first = text.find_first_not_of(kPadding);
  if (first == std::string_view::npos) return {};
  return Nfc(text.substr(first, text.find_last_not_of(kPadding) - first + 1));
}

}  // namespace gateway::routing
