#include "mime/base64_text.h"

#include <algorithm>

#include "base/base64.h"

namespace gateway::mime {

bool Base64Text::Decode(std::string_view text, std::string& raw) {
  // Padding decides what the text behind it means, and OpenSSL takes it for data.
  if (!clean_ || text.find('=') != std::string_view::npos) return clean_ = false;
  const std::size_t begin = raw.size();
  const std::string left = left_;
  // A piece begins inside a line and ends inside one. Most of the text between these is decoded at
  // once.
  const std::size_t first = std::min(text.find('\n'), text.size() - 1) + 1;
  clean_ = DecodeLines(text.substr(0, first), raw);
  text.remove_prefix(first);
  if (clean_ && left_.empty()) text.remove_prefix(AppendBase64LinesDecoded(text, raw));
  clean_ = clean_ && DecodeLines(text, raw);
  if (clean_) return true;
  raw.resize(begin);
  left_ = left;
  return false;
}

bool Base64Text::DecodeLines(std::string_view text, std::string& raw) {
  joined_ = left_;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    // A piece may end between CR and LF. So a CR at its end belongs to the line end, too.
    if (line.ends_with('\r')) line.remove_suffix(1);
    joined_.append(line);
  }
  const std::size_t whole = joined_.size() / 4 * 4;
  if (!AppendBase64Decoded(std::string_view(joined_).substr(0, whole), raw)) return false;
  left_.assign(joined_, whole);
  return true;
}

}  // namespace gateway::mime
