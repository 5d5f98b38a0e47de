// Says whose mail it may be while the mail comes from the server: the address in the first From of
// its header. It only decides the order in which mails are opened. Nothing is believed of it, and
// the sandboxed reader (mail_reader.h) reads the header anew. It does not understand comments,
// groups, quotes or encoded words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/stream.h"

namespace gateway::mime {

// Takes the bytes of a mail from the first one on. It keeps one field of at most 4 KB in memory.
class FromLine : public Sink {
 public:
  Result<void> Write(std::string_view bytes) override;
  // Returns "" if the header has no From, or none in its first 256 KB.
  [[nodiscard]] std::string address() const;

 private:
  enum class Part { name, value, other, line_end, done };

  void Take(char c);
  void TakeFirstOfLine(char c);
  void TakeName(char c);

  Part part_ = Part::line_end;
  std::size_t seen_ = 0;  // bytes of the header so far
  std::string name_;      // the field's name, as long as it may be "from"
  std::string value_;     // the value of From
  bool in_from_ = false;  // this line belongs to From
};

}  // namespace gateway::mime
