// Says whether a block of armor holds a key, a signature or a certificate, and nothing else. Its
// first line only claims that. Private to this folder.
#pragma once

#include <string_view>

#include "mime/packets.h"

namespace gateway::mime {

class KeyBlock {
 public:
  enum class Line {
    content,   // base64 of the block, or blank
    header,    // a field before the base64, which people may read
    checksum,  // the last line of base64
    foreign,   // no line of such a block
  };

  // Takes a line behind the first one, without tags and line ends. It may be quoted and indented.
  Line Take(std::string_view line);
  // Returns whether the base64 so far is that of whole keys, signatures or certificates. A block
  // without any base64 is whole.
  [[nodiscard]] bool IsWhole() const;

 private:
  ArmoredPackets packets_;
  unsigned fields_ = 0;
  bool begun_ = false;  // base64 came
};

}  // namespace gateway::mime
