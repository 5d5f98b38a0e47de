// Carries out the edits of a rule on an instance: makes a copy in which only the named attributes
// differ.
//
//   the file -> the named attributes as a tree, in UTF-8 -> the edits, one after the other
//            -> their new bytes -> the copy, in which the old values are kept for the record
//
// - Texts are written in the instance's own Specific Character Set. If that cannot express a new
//   text, the whole copy becomes ISO_IR 192 (UTF-8): then all texts of the copy are converted, each
//   read as a good viewer reads it (dicom/character_set.h). Texts in attributes whose value
//   representation nobody knows stay as they are.
// - The values before the edits become an item of Original Attributes Sequence (0400,0561), by
// PS3.3
//   section C.12.1.1.9: those of the data set itself, byte for byte, and the whole sequence where
//   something in one changed. An attribute that was missing stands there empty. An element of more
//   than 64 KB is left out.
#pragma once

#include <set>
#include <string>

#include "dicom/character_set.h"
#include "dicom/edit/rewriter.h"
#include "gateway/recipe.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Goes into Original Attributes Sequence beside the values.
struct EditRecord {
  std::string date_time;  // VR DT
  std::string system;     // who changed the values
  std::string source;     // from whom they came; may be empty
  // Text without a usable character set is read in this one.
  std::string default_set = std::string(kUsualCharacterSet);
};

struct EditOutcome {
  bool changed = false;  // false: nothing was written
  std::set<ReplacedIdentifier> replaced = {};
};

// Writes the copy to `out`, an empty file. Errors: permanent "transform-failed", whose detail names
// the attribute but no value, and those of EditedFile.
Result<EditOutcome> EditAttributes(const EditedFile& file, const Recipe& recipe, const EditRecord& record, int out);

}  // namespace gateway::dicom
