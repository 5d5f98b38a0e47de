// Key files made of parts of others, as somebody who means harm makes them: a subkey of another's
// key behind one's own.
#pragma once

#include <string>
#include <vector>

namespace gateway::openpgp {

struct KeyParts {
  std::string primary;               // the primary key, its user ids and their signatures
  std::vector<std::string> subkeys;  // each with its signatures
};

// Of a key file with one key, armored or binary.
KeyParts TakeApart(const std::string& key_file);

}  // namespace gateway::openpgp
