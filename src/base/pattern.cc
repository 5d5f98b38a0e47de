#include "base/pattern.h"

#include <algorithm>
#include <regex>
#include <stdexcept>

#include "base/error_codes.h"
#include "base/unicode.h"
#include "base/utf8.h"

namespace gateway {
namespace {

constexpr std::size_t kMaxExpression = 256;  // in bytes; the compiler recurses with the nesting of parentheses
constexpr std::size_t kMaxValue = 256;       // characters

// libstdc++'s default matcher backtracks: its time and its stack grow without bound with the value.
// This flag, which only libstdc++ has, selects the breadth-first matcher.
constexpr auto kFlags = std::regex_constants::ECMAScript | std::regex_constants::__polynomial;

// The expressions work on characters, not on bytes, so that "." and "[äö]" take an umlaut as one.
std::wstring Widen(std::string_view text, std::size_t limit) {
  const std::u32string decoded = DecodeUtf8(text, limit);
  return {decoded.begin(), decoded.end()};
}

std::string_view Unpadded(std::string_view value) {
  constexpr std::string_view kPadding(" \0", 2);
  const std::size_t first = value.find_first_not_of(kPadding);
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(kPadding) - first + 1);
}

// Folds the case of an expression. What follows a backslash stays, because \D is not \d.
std::string FoldExpression(std::string_view text) {
  std::string folded;
  while (!text.empty()) {
    const std::size_t escape = std::min(text.find('\\'), text.size());
    folded += FoldCase(text.substr(0, escape));
    folded += text.substr(escape, 2);
    text.remove_prefix(std::min(escape + 2, text.size()));
  }
  return folded;
}

}  // namespace

struct Pattern::Expression {
  std::wregex regex;
  bool any_case = false;
};

Result<Pattern> Pattern::Create(std::string_view text) {
  Pattern pattern;
  if (!text.starts_with('~')) {
    pattern.exact_ = Nfc(Unpadded(text));
    return pattern;
  }
  text.remove_prefix(1);
  const bool any_case = text.starts_with("(?i)");
  if (any_case) text.remove_prefix(4);
  if (text.empty()) return ConfigError(codes::kBadPattern, "nothing follows the ~");
  if (text.size() > kMaxExpression) return ConfigError(codes::kBadPattern, "longer than 256 bytes");
  try {
    const std::string expression = any_case ? FoldExpression(Nfc(text)) : Nfc(text);
    // In the C locale this knows ASCII only. FoldCase() does the rest.
    const auto flags = any_case ? kFlags | std::regex_constants::icase : kFlags;
    pattern.expression_ = std::make_shared<const Expression>(
        Expression{std::wregex(Widen(expression, expression.size()), flags), any_case});
  } catch (const std::exception& error) {
    return ConfigError(codes::kBadPattern, error.what());
  }
  return pattern;
}

bool Pattern::Matches(std::string_view value) const {
  const std::string normal = Nfc(Unpadded(value));
  if (!expression_) return normal == exact_;
  try {
    return std::regex_search(Widen(expression_->any_case ? FoldCase(normal) : normal, kMaxValue), expression_->regex);
  } catch (const std::exception&) {
    // This is error_stack or error_complexity. It is better not to match than to end the gateway.
    return false;
  }
}

}  // namespace gateway
