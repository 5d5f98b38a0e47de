#include "mime/trimmings.h"

#include "base/files.h"
#include "mime/beside.h"
#include "mime/blank_text.h"
#include "mime/gmime_values.h"
#include "mime/labels.h"
#include "mime/page_words.h"

namespace gateway::mime {
namespace {

// Recognizes the first line of a page, or any tag that pages have.
bool IsPage(std::string_view text) {
  const std::size_t tag = text.find('<');
  return tag != std::string_view::npos && text.find('>', tag) != std::string_view::npos;
}

// Returns whether the leaf repeats the header of its mail, for programs that do not show the one
// inside the encryption ("legacy display").
bool RepeatsHeader(const Leaf& leaf, std::string_view content) {
  return IsOnlyHeader(leaf.type.type == "text/html" ? ShownText(content) : std::string(content));
}

}  // namespace

Result<bool> Trimmings::Include(int fd, const Leaf& leaf, bool named) {
  const std::string& type = leaf.type.type;
  const bool bare = !named && !leaf.attachment;
  const bool alternative = leaf.parent == "multipart/alternative";
  if (leaf.body.length > kLargest) return false;
  const auto source = OpenDecoded(fd, leaf.body, leaf.encoding);
  std::string content(leaf.body.length, '\0');  // no encoding makes the content longer
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, content));
  content.resize(filled);
  const bool text = type == "text/plain" || type == "text/html" || type == "text/enriched";
  if (text && SaysNothing(type, content, leaf.type.Parameter("charset"))) {
    // The HTML form of a blank text must be blank as well.
    if (alternative && type == "text/plain") {
      texts_ = leaf.parent_number;
      text_.clear();
    }
    return true;
  }
  // A page with pictures stands in a multipart/related of its own.
  const bool beside_text =
      leaf.alternative != 0 && leaf.alternative == texts_ && (alternative || leaf.parent == "multipart/related");
  if (beside_text && type == "text/html" && bare && IsPage(content) && !BeginsAsFile(leaf, content) &&
      SaysTheSame(InUtf8(content, leaf.type.Parameter("charset")), text_)) {
    return true;
  }
  if (alternative && type == "text/plain") {
    texts_ = leaf.parent_number;
    text_ = InUtf8(content, leaf.type.Parameter("charset"));
  }
  if (text && bare && !leaf.type.Parameter("protected-headers").empty() && RepeatsHeader(leaf, content)) return true;
  // This is the empty text of a mail whose attachments were encrypted one by one.
  if (type.empty() && leaf.depth == 0 && !named && SaysNothing("", content, "")) return true;
  // Without a declared type the leaf may be anything, and a picture may be what the sender wanted
  // to send.
  if (type.empty() || type.starts_with("image/") || text) return false;
  return IsHarmless(fd, leaf, content);
}

}  // namespace gateway::mime
