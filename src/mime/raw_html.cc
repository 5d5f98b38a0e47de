#include "mime/raw_html.h"

#include <algorithm>

#include "mime/embedded_data.h"

namespace gateway::mime {

void RawHtmlSource::Convert() {
  while (!rest().empty()) {
    if (left_ > 0) {
      left_ -= TakeEmbedded(left_);
      // The base64 may go on in the next piece of the page.
      if (rest().empty()) return;
      left_ = 0;
    }
    const std::size_t at = std::min(FindEmbedded(rest(), 0), rest().size());
    // The last bytes may be the beginning of a picture.
    const std::size_t whole = at_end() ? rest().size() : rest().size() - std::min(rest().size(), kLongestEmbeddedStart);
    PutRaw(std::min(at, whole));
    if (at > whole || rest().empty()) return;
    if (!at_end() && rest().size() < 2 * kLongestEmbeddedStart) return;
    const std::size_t start = EmbeddedAt(rest(), before_);
    if (start == 0) {
      PutRaw(1);
      continue;
    }
    Take(start);
    left_ = kLargestEmbedded;
  }
}

void RawHtmlSource::PutRaw(std::size_t count) {
  Put(rest().substr(0, count));
  before_.append(rest().substr(0, count));
  if (before_.size() > 2 * kLongestTag) before_.erase(0, before_.size() - kLongestTag);
  Take(count);
}

}  // namespace gateway::mime
