// Returns the text of an HTML page, as far as armor in it needs that. Tags go. Whatever ends a line
// in a browser ends one here, and character references become characters. Nobody sees the result,
// so styles, scripts and tables are not understood.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "mime/html_source.h"

namespace gateway::mime {

class HtmlTextSource : public HtmlSource {
 public:
  explicit HtmlTextSource(std::unique_ptr<Source> html) : HtmlSource(std::move(html)) {}

 private:
  static constexpr std::size_t kLongestTag = 65'536;  // a longer one is text
  static constexpr std::size_t kLongestReference = 12;

  void Convert() override;
  // Returns false if it needs more input.
  bool TakeTag();
  bool TakeReference();
  void ApplyTag(std::string_view tag);
  void PutText(char c);
  void EndLine();
  // Ends the line unless it is empty.
  void EndFilledLine();

  bool in_pre_ = false;
  bool in_embedded_ = false;  // in the base64 of a tag that is too long
  bool line_is_empty_ = true;
  std::uint64_t searched_ = 0;  // no tag ends between position() and this place
};

}  // namespace gateway::mime
