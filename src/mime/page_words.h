// The words of texts and pages, so that two forms of one text can be compared. Private to this
// folder.
#pragma once

#include <string>
#include <string_view>

namespace gateway::mime {

// Returns the text in UTF-8. `charset` is the declared character set; if there is none, or the text
// cannot be in it, the text counts as UTF-8 or else as Windows-1252.
std::string InUtf8(std::string_view text, const std::string& charset);
// Returns what a browser shows of a page. Page and result are UTF-8.
std::string ShownText(std::string_view page);
// Returns the words of a UTF-8 text, of any alphabet, without the difference of capital and small
// letters. A blank stands behind each of them. Everything divides words but letters, digits, and
// signs that change what a number or a word says, as in "-5", "<5", "1,5", "HIV +" and "HIV -".
std::string WordsOf(std::string_view text);

// Returns whether the page says nothing but what the text says, too: each of its words follows in
// the text as a whole word, in the same order. Line ends and tags may divide words. The text may
// say more, such as the addresses of links. Both are UTF-8.
bool SaysTheSame(std::string_view page, std::string_view text);

}  // namespace gateway::mime
