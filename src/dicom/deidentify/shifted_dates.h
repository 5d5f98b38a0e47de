// Moves dates back by days (PS3.15 section E.3.6). The time of day stays, so intervals stay, too.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::dicom {

// Moves each of the values, which backslashes separate. `vr` is DA, DT or TM. Returns nullopt if a
// value is no full date or time of PS3.5 section 6.2, or if the VR is another one. The date may
// also have dots, as ACR-NEMA wrote it.
std::optional<std::string> Shifted(std::string_view values, std::array<char, 2> vr, int days_back);

}  // namespace gateway::dicom
