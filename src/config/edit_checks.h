// Says why an edit could never be made, whatever the instance holds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/attribute.h"

namespace gateway::config {

// All of these return nothing if there is no reason.
std::string WhyNotRemovable(const AttributePath& path);
// For edits that write a text. `vr` is that of the configuration, for private attributes.
std::string WhyNotWritable(const AttributePath& path, Vr vr);
// Checks the values of `set`.
std::string WhyNotSettable(const AttributePath& path, Vr vr, const std::vector<std::string>& values);
// Checks a text that goes before (or behind) values.
std::string WhyNoPrefix(const AttributePath& path, Vr vr, const std::string& text, bool before);
// Checks the secret of which a rule makes UIDs or pseudonyms.
std::string WhyNoSecret(std::string_view secret);

// Returns the VR of the dictionary, or `configured` if it knows none.
Vr VrFor(const AttributePath& path, Vr configured);

}  // namespace gateway::config
