// Returns an HTML page as it is, with its tags and comments, so that files in them are found. It
// leaves out the base64 of pictures and drawings that mail programs put into tags
// (embedded_data.h). Private to this folder.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "mime/html_source.h"

namespace gateway::mime {

class RawHtmlSource : public HtmlSource {
 public:
  explicit RawHtmlSource(std::unique_ptr<Source> html) : HtmlSource(std::move(html)) {}

 private:
  static constexpr std::size_t kLongestTag = 8192;            // as far as its picture
  static constexpr std::size_t kLargestEmbedded = 1'400'000;  // letters of base64; what is behind these is text

  void Convert() override;
  void PutRaw(std::size_t count);

  std::string tag_;       // the last tag that was put out, and what follows it; empty: it is long
  std::size_t left_ = 0;  // letters that the picture it is in may still have; 0: it is in none
};

}  // namespace gateway::mime
