// Divides the lines of a page into its tags and the text between them. A tag may go on in the next
// line. Private to this folder.
#pragma once

#include <string_view>

namespace gateway::mime {

class TagSplitter {
 public:
  struct Piece {
    std::string_view text;
    bool is_tag = false;
  };

  // Takes the next piece from the front of `line`, which must not be empty.
  Piece Next(std::string_view& line);

 private:
  bool in_tag_ = false;
};

}  // namespace gateway::mime
