#include "dicom/deidentify/pseudonyms.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/keyed_hash.h"
#include "base/unicode.h"
#include "dicom/character_set.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kIdLength = 16;         // 80 bits: two of a million patients never meet
constexpr std::size_t kAccessionLength = 16;  // VR SH takes no more
constexpr std::string_view kDefinedByDicom = "1.2.840.10008.";

// 32 signs, five bits each.
std::string Base32(std::string_view secret, const std::string& what, std::size_t length) {
  static constexpr std::string_view kSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  for (const unsigned char byte : KeyedHash(secret, what)) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 5 && text.size() < length; held -= 5) text += kSigns[bits >> (held - 5) & 31];
  }
  return text;
}

// The text of a hash. The length keeps two texts apart that would be the same when joined.
std::string Joined(std::string_view what, std::string_view first, std::string_view second = {}) {
  return std::string(what) + ' ' + std::to_string(first.size()) + ' ' + std::string(first) + std::string(second);
}

// A line with the patient's issuer counts, wherever it stands, before one for any issuer.
const PatientPseudonym* FindIn(const std::vector<PatientPseudonym>& table, const PatientKey& patient) {
  const PatientPseudonym* of_any_issuer = nullptr;
  for (const PatientPseudonym& row : table) {
    if (row.patient_id != patient.id) continue;
    if (row.issuer == patient.issuer) return &row;
    if (row.issuer.empty()) of_any_issuer = &row;
  }
  return of_any_issuer;
}

}  // namespace

std::string IdentifierText(std::string_view value, const std::string& defined_terms) {
  std::string text = TextConverter(defined_terms).Convert(value, false);
  // The converter puts "?" for what it cannot read.
  if (std::ranges::count(text, '?') > std::ranges::count(value, '?')) return std::string(value);
  return Nfc(text);
}

Result<void> Pseudonyms::SetPatient(const PatientKey& patient) {
  whom_ =
      patient.id.empty() ? Joined("study", patient.study_instance_uid) : Joined("patient", patient.issuer, patient.id);
  new_id_ = Base32(secret_, "patient-id " + whom_, kIdLength);
  new_name_ = new_id_;
  if (!settings_.has_table) return {};
  const PatientPseudonym* const row = FindIn(settings_.patients, patient);
  if (row == nullptr) return Permanent(codes::kDeidentifyPatientUnknown);
  new_id_ = row->new_id;
  new_name_ = row->new_name.empty() ? row->new_id : row->new_name;
  return {};
}

std::string Pseudonyms::OtherPatientId(std::string_view id) const {
  return Base32(secret_, Joined("other-patient-id", id), kIdLength);
}

std::string Pseudonyms::Uid(std::string_view uid) const {
  if (uid.starts_with(kDefinedByDicom)) return std::string(uid);
  return KeyedUid(secret_, uid);
}

std::string Pseudonyms::AccessionNumber(std::string_view number) const {
  return Base32(secret_, Joined("accession-number", number), kAccessionLength);
}

int Pseudonyms::ShiftDays() const {
  const auto hash = KeyedHash(secret_, "shift " + whom_);
  std::uint64_t number = 0;
  for (const unsigned char byte : std::span(hash).first(8)) number = number << 8 | byte;
  return 1 + static_cast<int>(number % std::max<std::uint64_t>(settings_.shift_days, 1));
}

}  // namespace gateway::dicom
