#include "dicom/edit/differences.h"

#include <map>
#include <optional>
#include <utility>

#include "attributes/attribute_path.h"
#include "base/files.h"
#include "base/sha256.h"
#include "dicom/character_set.h"
#include "dicom/edit/original_attributes.h"
#include "dicom/edit/value_codec.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kLongestText = 4096;                    // that is read as text
constexpr std::size_t kLongestValue = std::size_t{64} << 20;  // beyond that, only lengths are compared
constexpr std::size_t kShown = 120;
constexpr std::size_t kMostElements = 200'000;

// Holds what one file has for a path.
struct Content {
  std::string shown;
  std::string compared;
};
using Contents = std::map<AttributePath, Content>;

std::string Shortened(std::string text) {
  if (text.size() <= kShown) return text;
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

AttributePath PathOf(const Place& place, const ElementView& element) {
  const auto named = [](std::uint32_t tag, const std::string& creator, std::int32_t item) {
    return PathStep{creator.empty() ? tag : tag & 0xFFFF00FF, creator, item};
  };
  AttributePath path;
  for (const Step& step : place.steps) {
    path.steps.push_back(named(step.sequence, step.creator, static_cast<std::int32_t>(step.item)));
  }
  path.steps.push_back(named(element.tag, element.creator, PathStep::kNoItem));
  return path;
}

// Takes all elements of a data set.
class ContentReader : public ElementEditor {
 public:
  explicit ContentReader(std::string_view default_set) : default_set_(default_set) {}

  Result<void> Enter(const Place& place) override {
    // An item without a character set has that of its surroundings.
    terms_.resize(place.steps.size() + 1);
    if (!place.is_root()) terms_.back() = terms_[place.steps.size() - 1];
    return {};
  }
  Result<Decision> Decide(const Place& place, const ElementView& element) override {
    if (place.meta || (element.tag & 0xFFFF) == 0) return Decision::Keep();
    if (element.tag == kOriginalAttributes)
      return Note(place, element, {"values before changes", Bytes(element.length)});
    if (element.form == Form::sequence || element.form == Form::maybe_sequence) {
      (void)Note(place, element, {"a sequence", {}});
      return Decision::Descend();
    }
    return Take(place, element);
  }
  Result<Decision> DecideUnreadable(const Place& place, const ElementView& element) override {
    return Take(place, element);
  }

  Contents contents;

 private:
  static std::string Bytes(std::uint32_t length) {
    return length == 0xFFFFFFFF ? "data" : std::to_string(length) + " bytes";
  }

  Decision Note(const Place& place, const ElementView& element, Content content) {
    if (contents.size() < kMostElements) contents.insert_or_assign(PathOf(place, element), std::move(content));
    return Decision::Keep();
  }

  Result<Decision> Take(const Place& place, const ElementView& element) {
    GATEWAY_ASSIGN(const std::optional<std::string> bytes, element.Value(kLongestValue));
    if (!bytes) return Note(place, element, {Bytes(element.length), std::to_string(element.length)});
    terms_.resize(std::max(terms_.size(), place.steps.size() + 1));
    if (element.tag == kSpecificCharacterSet) terms_[place.steps.size()] = TrimPadding(*bytes);
    if (bytes->size() <= kLongestText) {
      TextConverter converter(terms_[place.steps.size()], default_set_);
      const auto values = DecodeValues(*bytes, VrOfElement(element.tag, element.vr), place.encoding, converter);
      if (values) {
        std::string text;
        for (const std::string& value : *values) text += (&value == &values->front() ? "" : "\\") + value;
        return Note(place, element, {Shortened(text), text});
      }
    }
    StringSource source(*bytes);
    GATEWAY_ASSIGN(std::string hash, Sha256Hex(source));
    return Note(place, element, {Bytes(element.length), std::move(hash)});
  }

  const std::string_view default_set_;
  std::vector<std::string> terms_;  // by depth
};

}  // namespace

Result<std::vector<AttributeDifference>> Differences(const EditedFile& original, const EditedFile& copy,
                                                     std::string_view default_set) {
  ContentReader before(default_set);
  ContentReader after(default_set);
  GATEWAY_TRY(original.Visit(before));
  GATEWAY_TRY(copy.Visit(after));
  std::vector<AttributeDifference> differences;
  const auto note = [&](const AttributePath& path, std::optional<std::string> old, std::optional<std::string> now) {
    if (differences.size() >= kMostDifferences) return;
    differences.push_back({attributes::Text(path), std::move(old), std::move(now)});
  };
  auto one = before.contents.begin();
  auto other = after.contents.begin();
  while (one != before.contents.end() || other != after.contents.end()) {
    const bool gone = other == after.contents.end() || (one != before.contents.end() && one->first < other->first);
    const bool fresh = one == before.contents.end() || (other != after.contents.end() && other->first < one->first);
    if (gone) {
      note(one->first, one->second.shown, std::nullopt);
    } else if (fresh) {
      note(other->first, std::nullopt, other->second.shown);
    } else if (one->second.compared != other->second.compared) {
      note(one->first, one->second.shown, other->second.shown);
    }
    if (!fresh) ++one;
    if (!gone) ++other;
  }
  return differences;
}

}  // namespace gateway::dicom
