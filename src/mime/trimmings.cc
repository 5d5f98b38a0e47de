#include "mime/trimmings.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "base/files.h"
#include "mime/beside.h"
#include "mime/gmime_values.h"
#include "mime/html_text.h"
#include "mime/labels.h"

namespace gateway::mime {
namespace {

// Per cent of the page's words that the text may lack: words in other places, links, the names of
// pictures.
constexpr std::size_t kMostMissing = 10;

bool IsOfWord(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// Removes those elements of a page that no browser shows.
std::string WithoutHidden(std::string_view page) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kHidden{
      {{"<style", "</style>"}, {"<script", "</script>"}, {"<title", "</title>"}, {"<!--", "-->"}}};
  const std::string lower = LowerCase(std::string(page));
  std::string shown;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t tag = std::min(lower.find('<', at), page.size());
    shown += page.substr(at, tag - at);
    at = tag;
    const std::string_view rest = std::string_view(lower).substr(at);
    const auto hidden =
        std::find_if(kHidden.begin(), kHidden.end(), [&](auto one) { return rest.starts_with(one.first); });
    if (hidden != kHidden.end()) {
      const std::size_t end = lower.find(hidden->second, at);
      if (end != std::string::npos) {
        at = end + hidden->second.size();
        continue;
      }
    }
    if (at < page.size()) shown += page[at++];
  }
  return shown;
}

// Letters that are not ASCII are written in several ways ("&uuml;"), so they divide words in both.
std::string WithoutReferences(std::string_view page) {
  constexpr std::size_t kLongest = 12;
  std::string text;
  for (std::size_t at = 0; at < page.size();) {
    const std::size_t end = page[at] == '&' ? page.substr(at, kLongest).find(';') : std::string_view::npos;
    text += end == std::string_view::npos ? page[at] : ' ';
    at += end == std::string_view::npos ? 1 : end + 1;
  }
  return text;
}

std::string TextOf(std::string_view page) {
  HtmlTextSource source(std::make_unique<StringSource>(WithoutReferences(WithoutHidden(page))));
  std::string text(page.size() + 1, '\0');
  const Result<std::size_t> filled = ReadFully(source, text);
  text.resize(filled ? *filled : 0);
  return text;
}

template <typename Take>
void ForEachWord(std::string_view text, Take take) {
  while (true) {
    const auto begin = std::find_if(text.begin(), text.end(), &IsOfWord);
    const auto end = std::find_if_not(begin, text.end(), &IsOfWord);
    if (begin == end) return;
    take(LowerCase(std::string(begin, end)));
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
}

// Recognizes the first line of a page, or any tag that pages have.
bool IsPage(std::string_view text) {
  const std::size_t tag = text.find('<');
  return tag != std::string_view::npos && text.find('>', tag) != std::string_view::npos;
}

// Returns whether the leaf repeats the header of its mail, for programs that do not show the one
// inside the encryption ("legacy display").
bool RepeatsHeader(const Leaf& leaf, std::string_view content) {
  return IsOnlyHeader(leaf.type.type == "text/html" ? TextOf(content) : content);
}

}  // namespace

bool SaysTheSame(std::string_view page, std::string_view text) {
  // A page may hold files in its links.
  if (page.find(";base64,") != std::string_view::npos) return false;
  std::set<std::string> known;
  ForEachWord(text, [&](std::string word) { known.insert(std::move(word)); });
  std::size_t words = 0;
  std::size_t missing = 0;
  ForEachWord(TextOf(page), [&](const std::string& word) {
    ++words;
    if (!known.contains(word)) ++missing;
  });
  return missing * 100 <= words * kMostMissing;
}

Result<bool> Trimmings::Include(int fd, const Leaf& leaf, bool named) {
  const std::string& type = leaf.type.type;
  const bool bare = !named && !leaf.attachment;
  const bool alternative = leaf.parent == "multipart/alternative";
  if (leaf.body.length > kLargest) return false;
  const auto source = OpenDecoded(fd, leaf.body, leaf.encoding);
  std::string content(kLargest, '\0');
  GATEWAY_ASSIGN(const std::size_t filled, ReadFully(*source, content));
  content.resize(filled);
  const bool blank = IsBlank(content);
  if (alternative && type == "text/html" && texts_ == leaf.parent_number && bare && IsPage(content) &&
      !BeginsAsFile(leaf, content) && SaysTheSame(content, text_)) {
    return true;
  }
  if (alternative && type == "text/plain") {
    texts_ = leaf.parent_number;
    text_ = content;
  }
  const bool text = type == "text/plain" || type == "text/html" || type == "text/enriched";
  if (text && bare && !leaf.type.Parameter("protected-headers").empty() && RepeatsHeader(leaf, content)) return true;
  // This is the empty text of a mail whose attachments were encrypted one by one.
  if (blank && type.empty() && leaf.depth == 0 && !named) return true;
  // Without a declared type the leaf may be anything, and a picture may be what the sender wanted
  // to send.
  if (type.empty() || type.starts_with("image/") || (text && !blank)) return false;
  return IsHarmless(fd, leaf, content);
}

}  // namespace gateway::mime
