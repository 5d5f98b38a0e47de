// Says in the instance that it was de-identified, and how (PS3.15 section E.1.1, PS3.3 sections
// C.7.1.1 and C.12.1).
#pragma once

#include <vector>

#include "dicom/edit/element_editor.h"
#include "gateway/settings/deidentify.h"

namespace gateway::dicom {

// Returns (0012,0062) to (0012,0064) and (0028,0303), in ascending order. With `pixels_cleaned`
// also Burned In Annotation (0028,0301).
std::vector<NewElement> MethodOf(const DeidentifySettings& settings, bool pixels_cleaned,
                                 const ElementEncoding& encoding);

}  // namespace gateway::dicom
