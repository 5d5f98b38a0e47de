// Says what a value of each VR may be (PS3.5 section 6.2). Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "gateway/attribute.h"

namespace gateway::attributes {

// Returns nothing if `value`, one value in UTF-8, may stand in an attribute of this VR. Otherwise
// it returns the reason, to complete "the value ...". An empty value is always allowed. Numbers of
// binary VRs are in decimal.
std::string WhyUnfit(Vr vr, std::string_view value);

// Returns whether values of this VR can be written as text: neither sequences nor bytes.
bool IsWritable(Vr vr);
// Returns whether a part of such a text makes sense, as in a prefix: it is no number in binary
// form.
bool IsText(Vr vr);

}  // namespace gateway::attributes
