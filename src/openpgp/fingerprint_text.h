// Fingerprints as people read and write them.
#pragma once

#include <string>
#include <string_view>

namespace gateway::openpgp {

// Turns "0123456789ABCDEF..." into "0123 4567 89AB CDEF ...", and back (spaces, lower case and "0x"
// are accepted).
std::string FormatFingerprint(std::string_view fingerprint);
std::string NormaliseFingerprint(std::string_view fingerprint);

}  // namespace gateway::openpgp
