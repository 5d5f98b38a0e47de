// Reads and writes the names of attributes as the configuration has them:
//
//   StudyDate                                                     a keyword of PS3.6
//   (0008,0020)                                                   a tag
//   (0019,xx10 SIEMENS MR HEADER)                                 a private attribute, by its creator
//   RequestAttributesSequence[0].ScheduledProcedureStepID         in the first item of a sequence
//   RequestAttributesSequence[*].ScheduledProcedureStepID         in any item; "[*]" may be left out
//
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "attributes/data_dictionary.h"
#include "gateway/attribute.h"
#include "gateway/result.h"

namespace gateway::attributes {

// Error: config "bad-attribute". The detail says what is wrong, and suggests a keyword.
Result<AttributePath> ParsePath(std::string_view text);

// Returns whether the configuration means an attribute of DICOM by this key, and not a key of ours.
// Ours begin with a small letter.
bool LooksLikePath(std::string_view key);

// Returns the one way in which the gateway writes the path: with keywords where there are some.
std::string Text(const AttributePath& path);
// Does the same for one element: "StudyDate", or "(0008,0020)".
std::string TagText(std::uint32_t tag);

// Returns the dictionary's entry of the attribute that the path leads to, or null.
const DictionaryEntry* EntryOf(const AttributePath& path);
// Returns its VR. It is Vr::none if the dictionary does not know it.
Vr VrOf(const AttributePath& path);

}  // namespace gateway::attributes
