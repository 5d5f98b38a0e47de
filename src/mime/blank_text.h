// Recognizes texts and pages that say nothing, as mail programs put them between attachments.
// Private to this folder.
#pragma once

#include <string>
#include <string_view>

namespace gateway::mime {

// Returns whether the UTF-8 text has only white space and characters without a width, of any
// alphabet.
bool IsBlankText(std::string_view text);

// Returns whether a page shows nothing, and holds nothing that is not shown. Only tags and
// attributes that lay out a page may be in it. A word, a picture, a link, a script or embedded data
// makes it a page with content. So does anything long in a comment or a style. The page is UTF-8.
bool IsBlankPage(std::string_view page);

// `type` is text/html or another text type, and `charset` the declared character set.
bool SaysNothing(std::string_view type, std::string_view content, const std::string& charset);

}  // namespace gateway::mime
