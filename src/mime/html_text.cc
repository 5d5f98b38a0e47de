#include "mime/html_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <span>

#include "base/ascii.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kChunk = 65'536;

// Knows those names that can stand for a character of armor, or for a blank.
std::optional<char> NamedCharacter(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, char>, 16> kNames{{{"amp", '&'},
                                                                      {"lt", '<'},
                                                                      {"gt", '>'},
                                                                      {"quot", '"'},
                                                                      {"apos", '\''},
                                                                      {"nbsp", ' '},
                                                                      {"plus", '+'},
                                                                      {"equals", '='},
                                                                      {"sol", '/'},
                                                                      {"colon", ':'},
                                                                      {"dash", '-'},
                                                                      {"hyphen", '-'},
                                                                      {"period", '.'},
                                                                      {"Tab", ' '},
                                                                      {"NewLine", '\n'},
                                                                      {"shy", '\0'}}};
  for (const auto& [known, character] : kNames) {
    if (known == name) return character;
  }
  return std::nullopt;
}

// Reads "43" or "x2B". Characters that are not ASCII become question marks, because armor has none
// of them.
std::optional<char> NumberedCharacter(std::string_view number) {
  int base = 10;
  if (number.starts_with('x') || number.starts_with('X')) {
    base = 16;
    number.remove_prefix(1);
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, base);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  if (value == 0xA0 || value == '\t') return ' ';
  return value < 0x80 ? static_cast<char>(value) : '?';
}

std::optional<char> CharacterOf(std::string_view reference) {
  return reference.starts_with('#') ? NumberedCharacter(reference.substr(1)) : NamedCharacter(reference);
}

// Returns how many bytes come before the base64 of a picture, which mail programs put into the tag
// of an image. The result is 0 if `text` does not begin with such a tag.
std::size_t PictureIn(std::string_view text) {
  constexpr std::size_t kMostBefore = 4096;
  constexpr std::string_view kCode = ";base64,";
  if (text.size() < 5 || !EqualIgnoringCase(text.substr(0, 4), "<img")) return 0;
  const std::size_t picture = text.substr(0, kMostBefore).find("data:image/");
  const std::size_t code = text.substr(0, kMostBefore).find(kCode, std::min(picture, kMostBefore));
  return picture == std::string_view::npos || code == std::string_view::npos ? 0 : code + kCode.size();
}

bool StartsLine(std::string_view name) {
  constexpr std::array<std::string_view, 16> kBlocks{"p",  "div", "pre", "tr",   "li", "ul", "ol",         "table",
                                                     "h1", "h2",  "h3",  "body", "td", "hr", "blockquote", "section"};
  return std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end();
}

}  // namespace

Result<std::size_t> HtmlTextSource::Read(std::span<char> buffer) {
  while (position_ == text_.size()) {
    text_.clear();
    position_ = 0;
    if (at_end_ && taken_ == input_.size()) return std::size_t{0};
    input_.erase(0, taken_);
    taken_ = 0;
    if (!at_end_) {
      const std::size_t before = input_.size();
      input_.resize(before + kChunk);
      const Result<std::size_t> count = html_->Read({input_.data() + before, kChunk});
      input_.resize(before + (count ? *count : 0));
      if (!count) return count.error();
      at_end_ = *count == 0;
    }
    Convert();
  }
  const std::size_t count = std::min(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, count);
  position_ += count;
  return count;
}

void HtmlTextSource::Convert() {
  while (taken_ < input_.size()) {
    const char c = input_[taken_];
    if (in_picture_) {
      TakePicture();
    } else if (c == '<') {
      if (!TakeTag()) return;
    } else if (c == '&') {
      if (!TakeReference()) return;
    } else {
      ++taken_;
      if (c == '\n' && in_pre_) {
        EndLine();
      } else if (c == '\n') {
        EndFilledLine();
      } else if (c != '\r') {
        PutText(c);
      }
    }
  }
}

bool HtmlTextSource::TakeTag() {
  const std::size_t end = input_.find('>', taken_);
  const bool whole = end != std::string::npos && end - taken_ <= kLongestTag;
  if (!whole && !at_end_ && input_.size() - taken_ <= kLongestTag) return false;
  if (const std::size_t picture = whole ? 0 : PictureIn(std::string_view(input_).substr(taken_)); picture > 0) {
    taken_ += picture;
    in_picture_ = true;
    return true;
  }
  // Another tag that is too long, or has no end, is text.
  if (!whole) {
    PutText(input_[taken_++]);
    return true;
  }
  ApplyTag(std::string_view(input_).substr(taken_ + 1, end - taken_ - 1));
  taken_ = end + 1;
  return true;
}

void HtmlTextSource::TakePicture() {
  const auto is_base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("+/=% \t\r\n").find(c) != std::string_view::npos;
  };
  while (taken_ < input_.size() && is_base64(input_[taken_])) ++taken_;
  in_picture_ = taken_ == input_.size();
}

void HtmlTextSource::ApplyTag(std::string_view tag) {
  const bool closing = tag.starts_with('/');
  if (closing) tag.remove_prefix(1);
  const std::string name = LowerCase(std::string(tag.substr(0, tag.find_first_of(" \t\r\n/"))));
  if (name == "br") {
    EndLine();
  } else if (StartsLine(name)) {
    EndFilledLine();
  }
  if (name == "pre") in_pre_ = !closing;
}

bool HtmlTextSource::TakeReference() {
  const std::string_view rest = std::string_view(input_).substr(taken_ + 1, kLongestReference);
  const std::size_t end = rest.find(';');
  if (end == std::string_view::npos && rest.size() < kLongestReference && !at_end_) return false;
  const std::optional<char> character = end == std::string_view::npos ? std::nullopt : CharacterOf(rest.substr(0, end));
  if (!character) {
    PutText('&');
    ++taken_;
    return true;
  }
  taken_ += end + 2;
  if (*character == '\n') {
    EndLine();
  } else if (*character != '\0') {
    PutText(*character);
  }
  return true;
}

void HtmlTextSource::PutText(char c) {
  const bool blank = c == ' ' || c == '\t';
  if (blank && line_is_empty_ && !in_pre_) return;
  text_ += c;
  line_is_empty_ = false;
}

void HtmlTextSource::EndLine() {
  text_ += '\n';
  line_is_empty_ = true;
}

void HtmlTextSource::EndFilledLine() {
  if (!line_is_empty_) EndLine();
}

}  // namespace gateway::mime
