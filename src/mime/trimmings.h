// Recognises the texts and keys that mail programs put beside the parts that they send, inside the
// encryption. A text that says something is a document. Private to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/result.h"
#include "mime/entity_walker.h"

namespace gateway::mime {

class Trimmings {
 public:
  // Returns true if the leaf is one of them. `named` says that it came with the name of a file.
  Result<bool> Include(int fd, const Leaf& leaf, bool named);

 private:
  static constexpr std::size_t kLargest = 1 << 20;  // bytes

  std::uint64_t texts_ = 0;  // the multipart/alternative that has a plain text
  std::string text_;         // that text, in UTF-8
};

}  // namespace gateway::mime
