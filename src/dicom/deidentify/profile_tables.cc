#include "dicom/deidentify/profile_tables.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gateway::dicom {
namespace {

constexpr std::string_view kProfile =
#include "dicom/deidentify/tables/profile.inc"
    ;
constexpr std::string_view kKnown =
#include "dicom/deidentify/tables/known.inc"
    ;
constexpr std::string_view kTypes =
#include "dicom/deidentify/tables/types.inc"
    ;

using Vr = std::array<char, 2>;
using Types = std::map<std::uint32_t, AttributeType>;

// Tags of repeating groups and elements, such as 60XX3000.
struct Family {
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
  [[nodiscard]] bool Has(std::uint32_t tag) const { return (tag & mask) == value; }
};

// By tag, with X for any digit.
template <typename T>
struct ByTag {
  std::unordered_map<std::uint32_t, T> single;
  std::vector<std::pair<Family, T>> families;

  [[nodiscard]] const T* Find(std::uint32_t tag) const {
    if (const auto found = single.find(tag); found != single.end()) return &found->second;
    const auto family = std::ranges::find_if(families, [&](const auto& entry) { return entry.first.Has(tag); });
    return family == families.end() ? nullptr : &family->second;
  }

  void Add(std::string_view text, T value) {
    Family family;
    for (const char c : text) {
      family.mask = family.mask << 4 | (c == 'X' ? 0 : 0xF);
      const int digit = c == 'X' ? 0 : c <= '9' ? c - '0' : c - 'A' + 10;
      family.value = family.value << 4 | static_cast<std::uint32_t>(digit);
    }
    if (family.mask == 0xFFFFFFFF) {
      single.emplace(family.value, value);
    } else {
      families.emplace_back(family, value);
    }
  }
};

struct Tables {
  std::string_view edition;
  ByTag<ProfileRow> profile;
  ByTag<Vr> known;
  std::unordered_map<std::string, const Types*> of_sop_class;
  std::unordered_map<std::uint32_t, Types> of_sequence;
  std::vector<std::unique_ptr<Types>> types;  // those that of_sop_class points to
};

// Takes the text before the next separator off `text`.
std::string_view Take(std::string_view& text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

template <typename Each>
void ForEachLine(std::string_view table, Each each) {
  while (!table.empty()) {
    const std::string_view line = Take(table, '\n');
    if (!line.empty() && line[0] != '#') each(line);
  }
}

std::uint32_t Hex(std::string_view text) {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return number;
}

template <typename T>
T Named(std::string_view name, std::initializer_list<std::pair<std::string_view, T>> names) {
  for (const auto& [known, value] : names) {
    if (known == name) return value;
  }
  std::abort();  // a defect: the table has a word that this file lacks
}

ProfileCode CodeOf(std::string_view name) {
  return Named<ProfileCode>(name, {{"X", ProfileCode::X},
                                   {"Z", ProfileCode::Z},
                                   {"D", ProfileCode::D},
                                   {"U", ProfileCode::U},
                                   {"X/Z", ProfileCode::X_or_Z},
                                   {"X/D", ProfileCode::X_or_D},
                                   {"Z/D", ProfileCode::Z_or_D},
                                   {"X/Z/D", ProfileCode::X_or_Z_or_D},
                                   {"X/Z/U*", ProfileCode::X_or_Z_or_U}});
}

std::uint32_t ColumnOf(std::string_view name) {
  return Named<std::uint32_t>(name, {{"uids", column::kUids},
                                     {"device", column::kDevice},
                                     {"device-clean", column::kDeviceClean},
                                     {"institution", column::kInstitution},
                                     {"patient", column::kPatient},
                                     {"patient-clean", column::kPatientClean},
                                     {"full-dates", column::kFullDates},
                                     {"modified-dates", column::kModifiedDates},
                                     {"descriptors", column::kDescriptors},
                                     {"structure", column::kStructure},
                                     {"graphics", column::kGraphics},
                                     {"private", column::kPrivate}});
}

void ReadProfile(Tables& tables) {
  ForEachLine(kProfile, [&](std::string_view line) {
    const std::string_view tag = Take(line, ' ');
    if (tag == "edition") {
      tables.edition = line;
      return;
    }
    if (tag == "private") return;  // private attributes have no tags to look up
    Take(line, ' ');               // the VR, which the table of known attributes has as well
    ProfileRow row{.code = CodeOf(Take(line, ' '))};
    while (!line.empty()) row.columns |= ColumnOf(Take(line, ' '));
    tables.profile.Add(tag, row);
  });
}

void ReadKnown(Tables& tables) {
  ForEachLine(kKnown, [&](std::string_view line) {
    const std::string group(Take(line, ' '));
    while (!line.empty()) {
      const std::string_view element = Take(line, ' ');
      tables.known.Add(group + std::string(element.substr(0, 4)), Vr{element[4], element[5]});
    }
  });
}

Types TypesIn(std::string_view text) {
  Types types;
  while (!text.empty()) {
    const std::string_view entry = Take(text, ' ');
    if (entry.size() == 10) types[Hex(entry.substr(0, 8))] = AttributeType{entry[9] - '0'};
  }
  return types;
}

void ReadTypes(Tables& tables) {
  ForEachLine(kTypes, [&](std::string_view line) {
    const std::string_view kind = Take(line, ' ');
    std::string_view names = Take(line, ':');
    if (kind == "in") {
      tables.of_sequence[Hex(Take(names, ' '))] = TypesIn(line);
      return;
    }
    tables.types.push_back(std::make_unique<Types>(TypesIn(line)));
    while (!names.empty()) tables.of_sop_class[std::string(Take(names, ' '))] = tables.types.back().get();
  });
}

const Tables& TheTables() {
  static const Tables tables = [] {
    Tables read;
    ReadProfile(read);
    ReadKnown(read);
    ReadTypes(read);
    return read;
  }();
  return tables;
}

}  // namespace

std::string_view ProfileEdition() {
  return TheTables().edition;
}

const ProfileRow* FindProfileRow(std::uint32_t tag) {
  return TheTables().profile.Find(tag);
}

std::optional<std::array<char, 2>> KnownVr(std::uint32_t tag) {
  const Vr* const vr = TheTables().known.Find(tag);
  return vr == nullptr ? std::nullopt : std::optional(*vr);
}

std::optional<AttributeType> TypeOf(std::uint32_t tag, std::uint32_t sequence, const std::string& sop_class) {
  const Tables& tables = TheTables();
  const auto of_class = tables.of_sop_class.find(sop_class);
  if (of_class == tables.of_sop_class.end()) return std::nullopt;
  const Types* types = of_class->second;
  if (sequence != 0) {
    const auto of_sequence = tables.of_sequence.find(sequence);
    if (of_sequence == tables.of_sequence.end()) return AttributeType::type_3;
    types = &of_sequence->second;
  }
  const auto found = types->find(tag);
  return found == types->end() ? AttributeType::type_3 : found->second;
}

}  // namespace gateway::dicom
