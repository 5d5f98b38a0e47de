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
    const std::size_t start = EmbeddedAt(rest(), tag_);
    if (start == 0) {
      PutRaw(1);
      continue;
    }
    Take(start);
    left_ = kLargestEmbedded;
  }
}

void RawHtmlSource::PutRaw(std::size_t count) {
  const std::string_view html = rest().substr(0, count);
  Put(html);
  const std::size_t tag = html.rfind('<');
  if (tag != std::string_view::npos) {
    tag_ = html.substr(tag);
  } else if (!tag_.empty()) {
    tag_ += html;
  }
  if (tag_.size() > kLongestTag) tag_.clear();
  Take(count);
}

}  // namespace gateway::mime
