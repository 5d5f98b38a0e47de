#include "routing/text_matcher.h"

#include "base/unicode.h"
#include "base/utf8.h"
#include "routing/subject.h"
#include "routing/text_values.h"

namespace gateway::routing {
namespace {

constexpr std::size_t kLongest = 4096;  // characters of a value that a glob looks at

// Returns how many characters of the glob stand for one character: 1, or those of "[a-z]".
std::size_t LengthOfOne(std::u32string_view glob) {
  if (glob.front() != U'[') return 1;
  const std::size_t end = glob.find(U']', 2);
  return end == std::u32string_view::npos ? 1 : end + 1;
}

bool MatchesOne(std::u32string_view one, char32_t c) {
  if (one.size() == 1) return one.front() == U'?' || one.front() == c;
  std::u32string_view set = one.substr(1, one.size() - 2);
  const bool other = set.starts_with(U'!');
  if (other) set.remove_prefix(1);
  bool found = false;
  while (!set.empty()) {
    const bool span = set.size() >= 3 && set[1] == U'-';
    found = found || (span ? set[0] <= c && c <= set[2] : set[0] == c);
    set.remove_prefix(span ? 3 : 1);
  }
  return found != other;
}

}  // namespace

// Goes back to the last star only, which is enough: an earlier star could take no less.
bool MatchesGlob(std::u32string_view glob, std::u32string_view value) {
  std::size_t at = 0, in_glob = 0;
  std::size_t star = std::u32string_view::npos, star_value = 0;
  while (at < value.size()) {
    if (in_glob < glob.size() && glob[in_glob] == U'*') {
      star = in_glob++;
      star_value = at;
      continue;
    }
    if (in_glob < glob.size()) {
      const std::u32string_view one = glob.substr(in_glob, LengthOfOne(glob.substr(in_glob)));
      if (MatchesOne(one, value[at])) {
        in_glob += one.size();
        ++at;
        continue;
      }
    }
    if (star == std::u32string_view::npos) return false;
    in_glob = star + 1;
    at = ++star_value;
  }
  while (in_glob < glob.size() && glob[in_glob] == U'*') ++in_glob;
  return in_glob == glob.size();
}

Result<TextMatcher> TextMatcher::Create(Test::Op op, std::string_view text, bool person_name) {
  TextMatcher matcher;
  const bool by_tilde = op == Test::Op::patterns || op == Test::Op::has;
  if (op == Test::Op::matches || (by_tilde && text.starts_with('~'))) {
    matcher.way_ = Way::expression;
    GATEWAY_ASSIGN(matcher.expression_,
                   Pattern::Create(op == Test::Op::matches ? "~" + std::string(text) : std::string(text)));
    return matcher;
  }
  matcher.text_ = Comparable(person_name && op != Test::Op::glob ? PlainName(text) : std::string(text));
  if (op == Test::Op::is_any_case) {
    matcher.way_ = Way::any_case;
    matcher.text_ = FoldCase(matcher.text_);
  } else if (op == Test::Op::glob) {
    matcher.way_ = Way::glob;
    matcher.glob_ = DecodeUtf8(matcher.text_, kLongest);
  }
  return matcher;
}

bool TextMatcher::Matches(const std::string& value) const {
  switch (way_) {
    case Way::exact:
      return value == text_;
    case Way::any_case:
      return FoldCase(value) == text_;
    case Way::glob:
      return MatchesGlob(glob_, DecodeUtf8(value, kLongest));
    case Way::expression:
      break;
  }
  return expression_->Matches(value);
}

}  // namespace gateway::routing
