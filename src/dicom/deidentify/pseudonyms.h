// Consistent replacements of what names a patient, an examination or an object. The same value gets
// the same replacement in every instance, and nobody can undo it without the secret or the table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/result.h"
#include "gateway/settings/deidentify.h"

namespace gateway::dicom {

// Returns an identifier in UTF-8 and normalisation form C, so that it is the same whatever the
// character set of the instance is. `defined_terms` name that set. An identifier that cannot be
// read stays as it is, so that two of them never become one.
std::string IdentifierText(std::string_view value, const std::string& defined_terms);

// A patient as an instance names him, by texts of IdentifierText(). If there is no Patient ID, the
// study stands for it.
struct PatientKey {
  std::string id;
  std::string issuer;
  std::string study_instance_uid;
};

class Pseudonyms {
 public:
  // The settings, which have a secret, must outlive it.
  explicit Pseudonyms(const DeidentifySettings& settings) : settings_(settings), secret_(settings.secret) {}

  // Says whose instance the following calls are about. Error: permanent "deidentify-patient-
  // unknown" if there is a table and it does not name the patient.
  Result<void> SetPatient(const PatientKey& patient);

  [[nodiscard]] const std::string& patient_id() const { return new_id_; }
  [[nodiscard]] const std::string& patient_name() const { return new_name_; }
  // Replaces a Patient ID that stands elsewhere than in the data set itself. This and the Accession
  // Number are texts of IdentifierText().
  [[nodiscard]] std::string OtherPatientId(std::string_view id) const;
  // 2.25 and 128 bits (PS3.5 section B.2). UIDs that the DICOM standard defines stay.
  [[nodiscard]] std::string Uid(std::string_view uid) const;
  [[nodiscard]] std::string AccessionNumber(std::string_view number) const;
  // Returns by how many days every date of the patient moves back: from 1 to shift_days.
  [[nodiscard]] int ShiftDays() const;

 private:
  const DeidentifySettings& settings_;
  const std::string_view secret_;
  std::string whom_;  // names the patient in the hashes
  std::string new_id_;
  std::string new_name_;
};

}  // namespace gateway::dicom
