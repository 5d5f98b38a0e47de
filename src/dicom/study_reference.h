// Reads what a new object takes over from an instance of its study: the Patient, General Study and
// Patient Study modules (PS3.3 section C.7). The values stay as they stand, in their own character
// set. Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "dicom/new_object.h"
#include "gateway/result.h"

namespace gateway::dicom {

struct StudyReference {
  std::string character_set;  // (0008,0005), values separated by backslashes; may be empty
  std::string study_date;     // (0008,0020)
  std::string study_time;     // (0008,0030)
  bool plain_ascii = true;    // no value depends on the character set
  NewObject attributes;       // all attributes of these modules, without (0008,0005)
};

// `fd` is a Part 10 file. It is hostile, and is read in bounded memory. Error: corrupt
// "reference-unusable".
Result<StudyReference> ReadStudyReference(int fd);

}  // namespace gateway::dicom
