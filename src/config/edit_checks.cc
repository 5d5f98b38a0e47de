#include "config/edit_checks.h"

#include <algorithm>
#include <array>

#include "attributes/attribute_path.h"
#include "attributes/data_dictionary.h"
#include "attributes/value_rules.h"
#include "base/utf8.h"

namespace gateway::config {
namespace {

constexpr std::size_t kShortestSecret = 16;
constexpr std::uint32_t kSopClassUid = 0x00080016;
constexpr std::uint32_t kSpecificCharacterSet = 0x00080005;
constexpr std::uint32_t kOriginalAttributes = 0x04000561;
// Without these no archive takes an instance.
constexpr std::array<std::uint32_t, 4> kNeeded{kSopClassUid, 0x00080018, 0x0020000D, 0x0020000E};

bool IsNeeded(const AttributePath& path) {
  return path.steps.size() == 1 && std::find(kNeeded.begin(), kNeeded.end(), path.steps[0].tag) != kNeeded.end();
}

std::string WhyUntouchable(const AttributePath& path) {
  const PathStep& last = path.steps.back();
  const std::uint32_t number = last.tag & 0xFFFF;
  if (last.item != PathStep::kNoItem)
    return "it names an item, and not an attribute; leave out the brackets at its end";
  if (path.steps.front().tag >> 16 == 0x0002) return "the gateway itself writes the File Meta Information";
  if (last.tag == kSpecificCharacterSet) {
    return "the gateway chooses the character set: it becomes ISO_IR 192 if the texts need it";
  }
  if (number == 0 && last.creator.empty()) return "the gateway itself writes the lengths of groups";
  if ((last.tag >> 16) % 2 == 1 && last.creator.empty() && number < 0x1000) {
    return "it reserves a private block; name the attributes of the block by their creator";
  }
  return {};
}

}  // namespace

Vr VrFor(const AttributePath& path, Vr configured) {
  const Vr vr = attributes::VrOf(path);
  return vr == Vr::none ? configured : vr;
}

std::string WhyNotRemovable(const AttributePath& path) {
  if (std::string why = WhyUntouchable(path); !why.empty()) return why;
  return IsNeeded(path) ? "no instance can be without it" : std::string();
}

std::string WhyNotWritable(const AttributePath& path, Vr vr) {
  if (std::string why = WhyUntouchable(path); !why.empty()) return why;
  const PathStep& last = path.steps.back();
  if (path.steps.size() == 1 && last.tag == kSopClassUid) return "it says what kind of instance this is";
  if (last.tag == kOriginalAttributes) return "the gateway itself writes it";
  const Vr known = VrFor(path, vr);
  if (known != Vr::none && !attributes::IsWritable(known)) {
    return "its value representation " + std::string(attributes::NameOf(known)) + " cannot be written as text";
  }
  return {};
}

std::string WhyNotSettable(const AttributePath& path, Vr vr, const std::vector<std::string>& values) {
  if (std::string why = WhyNotWritable(path, vr); !why.empty()) return why;
  const Vr known = VrFor(path, vr);
  if (known == Vr::none) return "nobody knows its value representation; say it: { vr: LO, value: ... }";
  if ((path.steps.back().tag >> 16) % 2 == 1 && path.steps.back().creator.empty()) {
    return "name a private attribute by its creator, as (0019,xx10 CREATOR)";
  }
  if (values.empty() && IsNeeded(path)) return "no instance can be without it";
  for (const std::string& value : values) {
    if (std::string why = attributes::WhyUnfit(known, value); !why.empty()) {
      return "the value " + why + " (" + std::string(attributes::NameOf(known)) + ")";
    }
  }
  const attributes::DictionaryEntry* const entry = attributes::EntryOf(path);
  if (entry != nullptr && entry->multiplicity == "1" && values.size() > 1) return "it has only one value";
  return {};
}

std::string WhyNoPrefix(const AttributePath& path, Vr vr, const std::string& text, bool before) {
  if (std::string why = WhyNotWritable(path, vr); !why.empty()) return why;
  const Vr known = VrFor(path, vr);
  if (known == Vr::none) return {};
  if (!attributes::IsText(known)) {
    return "its value representation " + std::string(attributes::NameOf(known)) + " is no text";
  }
  // Together with the shortest value.
  std::string why = attributes::WhyUnfit(known, before ? text + "1" : "1" + text);
  return why.empty() ? why : "no value with this " + std::string(before ? "before" : "behind") + " it fits: it " + why;
}

std::string WhyNoSecret(std::string_view secret) {
  // It goes to the open worker as text.
  if (ValidUtf8Prefix(secret) < secret.size()) return "the secret is no text; make it with openssl rand -base64 32";
  // Whoever guesses the secret can find the original of a UID, or the patient of a pseudonym.
  if (secret.size() < kShortestSecret) return "the secret has fewer than 16 characters, so others could guess it";
  return {};
}

}  // namespace gateway::config
