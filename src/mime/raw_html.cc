#include "mime/raw_html.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/ascii.h"
#include "mime/prose_watch.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kChunk = 65'536;
constexpr std::string_view kPicture = "data:image/";
constexpr std::string_view kCode = ";base64,";
constexpr std::size_t kLongestStart = 64;  // bytes from kPicture to the first letters of base64

bool IsBase64OrBlank(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("+/=% \t\r\n").find(c) != std::string_view::npos;
}

// Returns whether the source of an <img> follows.
bool IsInImage(std::string_view before) {
  const std::size_t tag = before.rfind('<');
  if (tag == std::string_view::npos || !EqualIgnoringCase(before.substr(tag, 4), "<img")) return false;
  before = before.substr(0, before.find_last_not_of(" \"'") + 1);
  return before.size() >= 4 && EqualIgnoringCase(before.substr(before.size() - 4), "src=");
}

}  // namespace

Result<std::size_t> RawHtmlSource::Read(std::span<char> buffer) {
  while (position_ == text_.size()) {
    text_.clear();
    position_ = 0;
    if (at_end_ && input_.empty()) return std::size_t{0};
    GATEWAY_TRY(Fill());
    Convert();
  }
  const std::size_t count = std::min(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, count);
  position_ += count;
  return count;
}

Result<void> RawHtmlSource::Fill() {
  if (at_end_) return {};
  const std::size_t before = input_.size();
  input_.resize(before + kChunk);
  const Result<std::size_t> count = html_->Read({input_.data() + before, kChunk});
  input_.resize(before + (count ? *count : 0));
  if (!count) return count.error();
  at_end_ = *count == 0;
  return {};
}

void RawHtmlSource::Convert() {
  while (!input_.empty()) {
    if (picture_ > 0) SkipPicture();
    const std::size_t at = input_.find(kPicture);
    if (at == std::string::npos) {
      const std::size_t kept = at_end_ ? 0 : std::min(input_.size(), kPicture.size());
      return Put(input_.size() - kept);
    }
    Put(at);
    if (!at_end_ && input_.size() < 2 * kLongestStart) return;
    const std::size_t start = PictureAtStart();
    if (start == 0) {
      Put(1);
      continue;
    }
    input_.erase(0, start);
    picture_ = 1;
  }
}

void RawHtmlSource::Put(std::size_t count) {
  text_.append(input_, 0, count);
  before_.append(input_, 0, count);
  if (before_.size() > 2 * kLongestTag) before_.erase(0, before_.size() - kLongestTag);
  input_.erase(0, count);
}

void RawHtmlSource::SkipPicture() {
  const auto end = std::find_if_not(input_.begin(), input_.end(), &IsBase64OrBlank);
  const std::size_t letters = std::min(static_cast<std::size_t>(end - input_.begin()), kLargestPicture - picture_);
  picture_ += letters;
  if (letters < input_.size() || picture_ == kLargestPicture) picture_ = 0;
  input_.erase(0, letters);
}

std::size_t RawHtmlSource::PictureAtStart() const {
  const std::string_view start = std::string_view(input_).substr(0, 2 * kLongestStart);
  const std::size_t code = start.substr(0, kLongestStart).find(kCode);
  if (code == std::string_view::npos || !IsInImage(before_)) return 0;
  return BeginsPicture(start.substr(code + kCode.size())) ? code + kCode.size() : 0;
}

}  // namespace gateway::mime
