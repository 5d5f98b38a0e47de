#include "dicom/deidentify/profile.h"

#include <algorithm>
#include <optional>

namespace gateway::dicom {
namespace {

using Option = DeidentifyOption;

// If the type is not known, the last code of a compound one is taken. It never breaks the IOD,
// whatever the type is, and it never leaves the value.
Action BasicAction(ProfileCode code, std::optional<AttributeType> known_type) {
  const AttributeType type = known_type.value_or(AttributeType::type_1);
  switch (code) {
    case ProfileCode::X:
      return Action::remove;
    case ProfileCode::Z:
      return Action::empty;
    case ProfileCode::D:
      return Action::dummy;
    case ProfileCode::U:
      return Action::new_uids;
    case ProfileCode::X_or_Z:
      return type == AttributeType::type_3 ? Action::remove : Action::empty;
    case ProfileCode::X_or_D:
      return type == AttributeType::type_3 ? Action::remove : Action::dummy;
    case ProfileCode::Z_or_D:
      return type == AttributeType::type_1 ? Action::dummy : Action::empty;
    case ProfileCode::X_or_Z_or_D:
      if (type == AttributeType::type_3) return Action::remove;
      return type == AttributeType::type_2 ? Action::empty : Action::dummy;
    // Z allows a value that tells nothing. A sequence that is empty would break what other
    // attributes say about the references in it.
    case ProfileCode::X_or_Z_or_U:
      return type == AttributeType::type_3 ? Action::remove : Action::new_uids;
  }
  return Action::remove;
}

}  // namespace

Profile::Profile(const DeidentifySettings& settings) {
  const auto add = [&](Option option, std::uint32_t kept, std::uint32_t cleaned) {
    if (!settings.Has(option)) return;
    kept_ |= kept;
    cleaned_ |= cleaned;
  };
  add(Option::retain_uids, column::kUids, 0);
  add(Option::retain_device_identity, column::kDevice, column::kDeviceClean);
  add(Option::retain_institution_identity, column::kInstitution, 0);
  add(Option::retain_patient_characteristics, column::kPatient, column::kPatientClean);
  add(Option::retain_longitudinal_full_dates, column::kFullDates, 0);
  add(Option::retain_longitudinal_modified_dates, 0, column::kModifiedDates);
  add(Option::clean_descriptors, 0, column::kDescriptors);
  add(Option::clean_structured_content, 0, column::kStructure);
  add(Option::clean_graphics, 0, column::kGraphics);
}

Action ActionOfUnnamed(std::array<char, 2> vr) {
  using Letters = std::array<char, 2>;
  const bool tells = vr == Letters{'D', 'A'} || vr == Letters{'D', 'T'} || vr == Letters{'T', 'M'} ||
                     vr == Letters{'P', 'N'} || vr == Letters{'U', 'R'};
  return tells ? Action::remove : Action::keep;
}

Action Profile::BasicActionFor(AttributePlace place, const std::string& sop_class) {
  const ProfileRow* const row = FindProfileRow(place.tag);
  if (row == nullptr) {
    const auto vr = KnownVr(place.tag);
    return vr ? ActionOfUnnamed(*vr) : Action::remove;
  }
  return BasicAction(row->code, TypeOf(place.tag, place.sequence, sop_class));
}

Action Profile::ActionFor(AttributePlace place, const std::string& sop_class) const {
  const ProfileRow* const row = FindProfileRow(place.tag);
  if (row != nullptr) {
    // A date that must move moves, whatever another option would retain.
    if ((row->columns & cleaned_ & column::kModifiedDates) != 0) return Action::shift;
    if ((row->columns & kept_) != 0) return Action::keep;
    if ((row->columns & cleaned_) != 0) return Action::clean;
  }
  return BasicActionFor(place, sop_class);
}

}  // namespace gateway::dicom
