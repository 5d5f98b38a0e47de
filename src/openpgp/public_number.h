// Finds the number that makes a public key unlike any other.
#pragma once

#include <string>
#include <string_view>

namespace gateway::openpgp {

// Returns the number of the public key in the body of a key packet (RFC 9580 section 5.5.2): the
// modulus of RSA, the public value of DSA and ElGamal, or the public point of an elliptic curve.
// Fingerprints also cover the time of creation and the parameters, so a key that is written with
// another time has another fingerprint, but the same number. So has a key for another algorithm or
// in another version of the format, as far as both have the same secret. Returns an empty text if
// the algorithm or the version is not known, or if the body is cut short. The bytes are public also
// if the packet holds a secret key. Any thread may call it.
std::string PublicNumber(std::string_view body);

}  // namespace gateway::openpgp
