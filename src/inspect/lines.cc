#include "inspect/lines.h"

#include <algorithm>
#include <string>

namespace gateway::inspect {
namespace {

class Counter {
 public:
  void Take(char c) {
    if (after_cr_ && c != '\n') {
      ++lines_.bare_cr;
      length_ = 0;
    }
    if (c == '\n') {
      ++(after_cr_ ? lines_.crlf : lines_.bare_lf);
      length_ = 0;
    } else if (c != '\r') {
      lines_.longest = std::max(lines_.longest, ++length_);
      lines_.has_nul |= c == '\0';
      lines_.has_8bit |= (c & 0x80) != 0;
    }
    after_cr_ = c == '\r';
  }
  Lines Finish() {
    if (after_cr_) ++lines_.bare_cr;
    return lines_;
  }

 private:
  Lines lines_;
  std::uint64_t length_ = 0;
  bool after_cr_ = false;
};

}  // namespace

Result<Lines> CountLines(Source& text) {
  constexpr std::size_t kBuffer = 65'536;
  std::string buffer(kBuffer, '\0');
  Counter counter;
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, text.Read(buffer));
    if (count == 0) return counter.Finish();
    for (std::size_t i = 0; i < count; ++i) counter.Take(buffer[i]);
  }
}

}  // namespace gateway::inspect
