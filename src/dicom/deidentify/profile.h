// Chooses what becomes of an attribute: the code of the basic profile, changed by the options, and
// by the attribute's type in the IOD of the instance (PS3.15 section E.1.1).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "dicom/deidentify/profile_tables.h"
#include "gateway/settings/deidentify.h"

namespace gateway::dicom {

enum class Action {
  keep,      // K
  remove,    // X
  empty,     // Z
  dummy,     // D
  new_uids,  // U; for a sequence, in its items
  shift,     // C of dates
  clean,     // C of texts; for a sequence, in its items
};

// Says where an attribute stands.
struct AttributePlace {
  std::uint32_t tag = 0;
  std::uint32_t sequence = 0;  // in whose items it stands; 0: in the data set itself
};

// Immutable; any thread may use it.
class Profile {
 public:
  explicit Profile(const DeidentifySettings& settings);

  // `sop_class` is the instance's. Attributes that this edition of PS3.6 does not know are removed.
  [[nodiscard]] Action ActionFor(AttributePlace place, const std::string& sop_class) const;
  // Says what to do if a value cannot be shifted or cleaned: the same as without options.
  [[nodiscard]] static Action BasicActionFor(AttributePlace place, const std::string& sop_class);

 private:
  std::uint32_t kept_ = 0;     // the columns whose attributes stay
  std::uint32_t cleaned_ = 0;  // the columns whose attributes are cleaned
};

// Returns the action for an attribute that the profile does not name. The standard names all that
// can identify somebody in the IODs of its edition. Dates, names of persons and URLs that it does
// not name still go.
Action ActionOfUnnamed(std::array<char, 2> vr);

}  // namespace gateway::dicom
