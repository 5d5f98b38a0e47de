// Holds what the DICOM standard says about attributes, as far as de-identification needs it: the
// codes of PS3.15 table E.1-1, the attributes of PS3.6, and the types of PS3.3. The tables are in
// the folder `tables`, which also has the program that makes them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gateway::dicom {

// The codes of the table. Compound ones depend on the attribute's type in the IOD.
enum class ProfileCode { X, Z, D, U, X_or_Z, X_or_D, Z_or_D, X_or_Z_or_D, X_or_Z_or_U };

// The columns of the options that change a code, and how: to K or to C.
namespace column {
inline constexpr std::uint32_t kUids = 1;
inline constexpr std::uint32_t kDevice = 2;
inline constexpr std::uint32_t kDeviceClean = 4;
inline constexpr std::uint32_t kInstitution = 8;
inline constexpr std::uint32_t kPatient = 16;
inline constexpr std::uint32_t kPatientClean = 32;
inline constexpr std::uint32_t kFullDates = 64;
inline constexpr std::uint32_t kModifiedDates = 128;
inline constexpr std::uint32_t kDescriptors = 256;
inline constexpr std::uint32_t kStructure = 512;
inline constexpr std::uint32_t kGraphics = 1024;
inline constexpr std::uint32_t kPrivate = 2048;
}  // namespace column

struct ProfileRow {
  ProfileCode code = ProfileCode::X;
  std::uint32_t columns = 0;  // of namespace column
};

// 1, 2 and 3 as in PS3.5 section 7.4. Conditional types count as 1 or 2, because an attribute that
// is present has its condition met.
enum class AttributeType { type_1 = 1, type_2 = 2, type_3 = 3 };

// Names the edition of the standard, as "2024b".
std::string_view ProfileEdition();

// Returns null for an attribute that the profile does not name. `tag` is that of a standard
// attribute.
const ProfileRow* FindProfileRow(std::uint32_t tag);

// Returns the VR of a standard attribute, or nullopt if this edition does not know it.
std::optional<std::array<char, 2>> KnownVr(std::uint32_t tag);

// Returns the attribute's type in the data set (`sequence` 0), or in the items of `sequence`.
// Returns nullopt if the IOD of the SOP class is not known. Only types on which a code depends are
// known.
std::optional<AttributeType> TypeOf(std::uint32_t tag, std::uint32_t sequence, const std::string& sop_class);

}  // namespace gateway::dicom
