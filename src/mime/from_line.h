// Whose mail it may be, while it comes from the server: what stands as the address in the first From of its header. For
// the order only in which mails are opened: nothing is believed of it, and the sandboxed reader (mail_reader.h) reads
// the header anew. It knows no comments, groups, quotes or encoded words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/stream.h"

namespace gateway::mime {

// Takes the bytes of a mail, from the first on; memory for one field of 4 KB at most.
class FromLine : public Sink {
 public:
  Result<void> Write(std::string_view bytes) override;
  // "": the header has none, or none within its first 256 KB.
  [[nodiscard]] std::string address() const;

 private:
  enum class Part { name, value, other, line_end, done };

  void Take(char c);
  void TakeFirstOfLine(char c);
  void TakeName(char c);

  Part part_ = Part::line_end;
  std::size_t seen_ = 0;  // bytes of the header
  std::string name_;      // of the field, as far as it may be "from"
  std::string value_;     // of From
  bool in_from_ = false;  // this line belongs to it
};

}  // namespace gateway::mime
