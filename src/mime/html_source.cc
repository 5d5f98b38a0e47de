#include "mime/html_source.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "mime/embedded_data.h"

namespace gateway::mime {

Result<std::size_t> HtmlSource::Read(std::span<char> buffer) {
  while (position_ == text_.size()) {
    text_.clear();
    position_ = 0;
    if (at_end_ && taken_ == input_.size()) return std::size_t{0};
    GATEWAY_TRY(Fill());
    Convert();
  }
  const std::size_t count = std::min(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, count);
  position_ += count;
  return count;
}

Result<void> HtmlSource::Fill() {
  constexpr std::size_t kChunk = 65'536;
  input_.erase(0, taken_);
  erased_ += taken_;
  taken_ = 0;
  if (at_end_) return {};
  const std::size_t before = input_.size();
  input_.resize(before + kChunk);
  const Result<std::size_t> count = html_->Read({input_.data() + before, kChunk});
  input_.resize(before + (count ? *count : 0));
  if (!count) return count.error();
  at_end_ = *count == 0;
  return {};
}

std::size_t HtmlSource::TakeEmbedded(std::size_t most) {
  const std::string_view letters = rest().substr(0, most);
  const auto end = std::find_if_not(letters.begin(), letters.end(), &IsOfEmbedded);
  const auto count = static_cast<std::size_t>(end - letters.begin());
  Take(count);
  return count;
}

}  // namespace gateway::mime
