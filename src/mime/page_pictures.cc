#include "mime/page_pictures.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "base/ascii.h"
#include "base/files.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kChunk = 65'536;
constexpr std::size_t kLongestId = 1024;  // bytes
constexpr std::size_t kMostIds = 10'000;
constexpr std::string_view kScheme = "cid:";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = LowerCase(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// In a URL, "%40" stands for "@".
std::string Unescaped(std::string_view url) {
  std::string text;
  for (std::size_t i = 0; i < url.size(); ++i) {
    const int high = url[i] == '%' && i + 2 < url.size() ? HexValue(url[i + 1]) : -1;
    const int low = high >= 0 ? HexValue(url[i + 2]) : -1;
    text += low >= 0 ? static_cast<char>(high * 16 + low) : url[i];
    if (low >= 0) i += 2;
  }
  return text;
}

// Returns the place of the scheme in `text` from `from` on.
std::size_t FindScheme(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find(':', from); at != std::string_view::npos; at = text.find(':', at + 1)) {
    constexpr std::size_t kLetters = kScheme.size() - 1;
    if (at >= from + kLetters && EqualIgnoringCase(text.substr(at - kLetters, kScheme.size()), kScheme)) {
      return at - kLetters;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<void> AddShownPictures(Source& html, std::set<std::string>& ids) {
  std::string window;
  bool at_end = false;
  while (!at_end && ids.size() < kMostIds) {
    const std::size_t kept = window.size();
    window.resize(kept + kChunk);
    GATEWAY_ASSIGN(const std::size_t count, ReadFully(html, std::span(window).subspan(kept)));
    window.resize(kept + count);
    at_end = count == 0;
    std::size_t from = 0;
    std::size_t at = 0;
    while ((at = FindScheme(window, from)) != std::string::npos) {
      if (!at_end && window.size() - at < kLongestId) break;
      const std::string_view rest = std::string_view(window).substr(at + kScheme.size(), kLongestId);
      const std::string_view id = rest.substr(0, rest.find_first_of(" \t\r\n\"'<>()&;"));
      ids.insert(Unescaped(id));
      from = at + kScheme.size() + id.size();
    }
    const std::size_t done = at == std::string::npos ? window.size() - std::min(window.size(), kScheme.size()) : at;
    window.erase(0, std::max(done, std::min(from, window.size())));
  }
  return {};
}

}  // namespace gateway::mime
