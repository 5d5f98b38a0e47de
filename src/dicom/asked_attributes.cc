#include "dicom/asked_attributes.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "attributes/data_dictionary.h"
#include "dicom/byte_input.h"
#include "dicom/character_set.h"
#include "dicom/dataset_walk.h"
#include "dicom/element_reader.h"
#include "dicom/item_walk.h"
#include "dicom/tags.h"
#include "dicom/value_text.h"

namespace gateway::dicom {
namespace {

using State = AttributeValue::State;

constexpr std::uint64_t kLongestValue = 4096;
constexpr std::uint64_t kAllValues = 24 * 1024;
constexpr std::size_t kMostJoined = 256;    // values of all items
constexpr std::size_t kMostFound = 10'000;  // values; more than that could only waste time

// A value as it stands, until its character set is known.
struct Raw {
  std::size_t query = 0;
  State state = State::values;
  Vr vr = Vr::none;
  bool big_endian = false;
  std::string bytes;
  std::shared_ptr<const std::string> set;
};

// A path of which some steps are done.
struct Active {
  std::size_t query = 0;
  const PathStep* step = nullptr;
};

// A level of the data set that is being read: the data set itself, or an item.
struct Place {
  std::vector<Active> asked;  // inside an item
  bool top = false;           // the query itself says what is asked
  // Specific Character Set. An item without one has that of its surroundings.
  std::shared_ptr<std::string> set;
  std::map<std::uint32_t, std::string> creators;  // by gggg00bb
  std::set<std::uint32_t> seen;
};

Vr VrOf(const Element& element) {
  const Vr written = attributes::VrFrom({element.vr.data(), element.vr.size()});
  if (written != Vr::none && written != Vr::UN) return written;
  const attributes::DictionaryEntry* const entry = attributes::FindTag(element.tag);
  return entry == nullptr ? written : attributes::VrOf(*entry);
}

bool IsSequence(const Element& element) {
  return VrOf(element) == Vr::SQ || element.undefined_length();
}

bool IsCreator(std::uint32_t tag) {
  return (tag >> 16) % 2 == 1 && (tag & 0xFFFFU) >= 0x10 && (tag & 0xFFFFU) <= 0xFF;
}

bool IsMeant(const PathStep& step, const Element& element, const Place& place) {
  if (step.creator.empty()) return step.tag == element.tag;
  if ((element.tag & 0xFFFF00FFU) != step.tag) return false;
  const auto creator = place.creators.find((element.tag & 0xFFFF0000U) | (element.tag >> 8 & 0xFFU));
  return creator != place.creators.end() && creator->second == step.creator;
}

bool WantsItem(const Active& active, std::size_t number) {
  return active.step->item == PathStep::kAnyItem || active.step->item == static_cast<std::int32_t>(number);
}

class AskedReader {
 public:
  AskedReader(const AttributeQuery& query, std::string_view default_set) : query_(query), default_set_(default_set) {}

  Result<void> Run(const FileInput& input, const std::string& transfer_syntax) {
    Place top{{}, true, std::make_shared<std::string>(), {}, {}};
    return WalkDataset(input, transfer_syntax,
                       [&](const Element& element, ElementReader& reader) { return Visit(top, element, reader); });
  }

  // Decodes what was found. With `damaged`, what was not found may have been behind the damage.
  void Finish(bool damaged, InstanceHeader& header) {
    std::vector<AttributeValue> values(query_.names().size());
    if (damaged) {
      for (AttributeValue& value : values) value.state = State::unreadable;
    }
    std::vector<bool> found(values.size());
    for (const Raw& raw : raw_) {
      AttributeValue value = Decode(raw, header);
      values[raw.query] = found[raw.query] ? Join(std::move(values[raw.query]), std::move(value)) : std::move(value);
      found[raw.query] = true;
    }
    for (std::size_t i = 0; i < values.size(); ++i) header.asked[query_.names()[i]] = std::move(values[i]);
  }

 private:
  Result<void> Visit(Place& place, const Element& element, ElementReader& reader) {
    // If an element stands there twice, the first one counts.
    const bool first = place.seen.insert(element.tag).second;
    const std::vector<Active> meant = first ? MeantBy(place, element) : std::vector<Active>();
    const bool set = element.tag == kSpecificCharacterSet && first;
    if (set || (first && IsCreator(element.tag))) {
      GATEWAY_ASSIGN(const std::string value, reader.Value(element, kLongestValue));
      if (set) TakeSet(place, value);
      if (!set) TakeCreator(place, element.tag, value);
      for (const Active& active : meant) Keep(active, element, reader, value, place);
      return {};
    }
    if (meant.empty()) return reader.SkipValue(element);
    if (raw_.size() >= kMostFound) return TooMuch(meant, element, reader);
    return IsSequence(element) ? ReadSequence(place, element, reader, meant) : ReadValue(place, element, reader, meant);
  }

  std::vector<Active> MeantBy(const Place& place, const Element& element) const {
    std::vector<Active> meant;
    if (place.top) {
      for (const std::size_t query : query_.BeginningWith(element.tag)) {
        const Active active{query, query_.paths()[query].steps.data()};
        if (IsMeant(*active.step, element, place)) meant.push_back(active);
      }
    }
    std::copy_if(place.asked.begin(), place.asked.end(), std::back_inserter(meant),
                 [&](const Active& active) { return IsMeant(*active.step, element, place); });
    return meant;
  }

  static void TakeSet(Place& place, const std::string& value) {
    // Some writers do not keep the order of the tags, so the set also counts for what came before.
    if (place.top) {
      *place.set = TrimPadding(value);
    } else {
      place.set = std::make_shared<std::string>(TrimPadding(value));
    }
  }

  static void TakeCreator(Place& place, std::uint32_t tag, const std::string& value) {
    std::string_view creator = TrimPadding(value);
    while (creator.starts_with(' ')) creator.remove_prefix(1);
    place.creators.try_emplace(tag, creator);
  }

  Result<void> TooMuch(const std::vector<Active>& meant, const Element& element, ElementReader& reader) {
    for (const Active& active : meant) Note(active.query, State::unreadable);
    return reader.SkipValue(element);
  }

  Result<void> ReadValue(const Place& place, const Element& element, ElementReader& reader,
                         const std::vector<Active>& meant) {
    if (element.length > kLongestValue || taken_ + element.length > kAllValues) return TooMuch(meant, element, reader);
    taken_ += element.length;
    GATEWAY_ASSIGN(const std::string value, reader.Value(element, kLongestValue));
    for (const Active& active : meant) Keep(active, element, reader, value, place);
    return {};
  }

  void Keep(const Active& active, const Element& element, const ElementReader& reader, const std::string& value,
            const Place& place) {
    if (active.step->item != PathStep::kNoItem) return;  // it goes into a thing that has no items
    raw_.push_back({active.query, State::values, VrOf(element), reader.encoding().big_endian, value, place.set});
  }

  void Note(std::size_t query, State state) { raw_.push_back({query, state, Vr::SQ, false, {}, nullptr}); }

  Result<void> ReadSequence(const Place& place, const Element& element, ElementReader& reader,
                            const std::vector<Active>& meant) {
    std::size_t items = 0;
    GATEWAY_TRY(ForEachItem(element, reader, [&](std::size_t number, const Element& item, ElementReader& inner) {
      ++items;
      return ReadItem(place, number, item, inner, meant);
    }));
    for (const Active& active : meant) {
      if (active.step->item == PathStep::kNoItem) Note(active.query, items == 0 ? State::empty : State::values);
    }
    return {};
  }

  Result<bool> ReadItem(const Place& place, std::size_t number, const Element& item, ElementReader& reader,
                        const std::vector<Active>& meant) {
    Place inside{{}, false, place.set, {}, {}};
    for (const Active& active : meant) {
      if (active.step->item == PathStep::kNoItem || !WantsItem(active, number)) continue;
      const bool last = active.step == &query_.paths()[active.query].steps.back();
      if (last) {
        Note(active.query, State::values);
      } else {
        inside.asked.push_back({active.query, active.step + 1});
      }
    }
    return ForEachElement(item, reader, [&](const Element& element, ElementReader& inner) {
      return inside.asked.empty() ? inner.SkipValue(element) : Visit(inside, element, inner);
    });
  }

  [[nodiscard]] AttributeValue Decode(const Raw& raw, InstanceHeader& header) const {
    if (!raw.set) return {raw.state, raw.vr, {}};
    TextConverter converter(*raw.set, default_set_);
    AttributeValue value = ValueFrom(raw.bytes, raw.vr, raw.big_endian, converter);
    header.text_reading = std::max(header.text_reading, converter.reading());
    return value;
  }

  // Joins what several items have.
  static AttributeValue Join(AttributeValue value, AttributeValue more) {
    if (value.state == State::unreadable || more.state == State::unreadable) {
      value.state = State::unreadable;
    } else if (more.state == State::values) {
      value.state = State::values;
    }
    value.values.insert(value.values.end(), more.values.begin(), more.values.end());
    if (value.state == State::unreadable) value.values.clear();
    if (value.values.size() > kMostJoined) value.values.resize(kMostJoined);
    return value;
  }

  const AttributeQuery& query_;
  const std::string_view default_set_;
  std::vector<Raw> raw_;
  std::uint64_t taken_ = 0;
};

}  // namespace

Result<void> ReadAsked(int fd, const AttributeQuery& query, std::string_view default_set, InstanceHeader& header) {
  if (query.empty()) return {};
  AskedReader reader(query, default_set);
  const Result<void> walked =
      reader.Run(FileInput(fd, header.dataset_offset, header.file_size), header.transfer_syntax_uid);
  if (!walked && walked.error().fault != Fault::corrupt) return walked;
  reader.Finish(!walked, header);
  return {};
}

}  // namespace gateway::dicom
