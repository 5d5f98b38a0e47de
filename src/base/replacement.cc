#include "base/replacement.h"

#include <regex>
#include <stdexcept>

#include "base/error_codes.h"
#include "base/unicode.h"
#include "base/utf8.h"

namespace gateway {
namespace {

constexpr std::size_t kMaxExpression = 256;  // in bytes
constexpr std::size_t kMaxValue = 1024;      // in characters
// They choose the matcher whose time is bounded, as those of pattern.cc do.
constexpr auto kFlags = std::regex_constants::ECMAScript | std::regex_constants::__polynomial;

std::wstring Widen(std::string_view text) {
  const std::u32string decoded = DecodeUtf8(text, text.size());
  return {decoded.begin(), decoded.end()};
}

std::string Narrow(std::wstring_view text) {
  std::string utf8;
  for (const wchar_t character : text) {
    const auto c = static_cast<std::uint32_t>(character);
    const auto add = [&utf8, c](unsigned shift) { utf8 += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) {
      utf8 += static_cast<char>(c);
    } else if (c < 0x800) {
      utf8 += static_cast<char>(0xC0 | c >> 6);
      add(0);
    } else if (c < 0x10000) {
      utf8 += static_cast<char>(0xE0 | c >> 12);
      add(6);
      add(0);
    } else {
      utf8 += static_cast<char>(0xF0 | c >> 18);
      add(12);
      add(6);
      add(0);
    }
  }
  return utf8;
}

// Returns the highest group that the new text names.
std::size_t HighestGroup(std::string_view with) {
  std::size_t highest = 0;
  for (std::size_t i = 0; i + 1 < with.size(); ++i) {
    if (with[i] != '$') continue;
    const char next = with[++i];
    if (next >= '1' && next <= '9') highest = std::max(highest, static_cast<std::size_t>(next - '0'));
  }
  return highest;
}

}  // namespace

struct Replacement::Compiled {
  std::wregex expression;
  std::wstring with;
};

Result<Replacement> Replacement::Create(std::string_view expression, std::string_view with) {
  if (expression.starts_with('~')) expression.remove_prefix(1);
  const bool any_case = expression.starts_with("(?i)");
  if (any_case) expression.remove_prefix(4);
  if (expression.empty()) return ConfigError(codes::kBadPattern, "it is empty");
  if (expression.size() > kMaxExpression) return ConfigError(codes::kBadPattern, "longer than 256 bytes");
  Replacement replacement;
  try {
    const auto flags = any_case ? kFlags | std::regex_constants::icase : kFlags;
    Compiled compiled{std::wregex(Widen(Nfc(expression)), flags), Widen(with)};
    if (HighestGroup(with) > compiled.expression.mark_count()) {
      return ConfigError(codes::kBadPattern, "the new text names group " + std::to_string(HighestGroup(with)) +
                                                 ", but there are only " +
                                                 std::to_string(compiled.expression.mark_count()));
    }
    replacement.compiled_ = std::make_shared<const Compiled>(std::move(compiled));
  } catch (const std::exception& error) {
    return ConfigError(codes::kBadPattern, error.what());
  }
  return replacement;
}

std::optional<std::string> Replacement::Apply(std::string_view value) const {
  const std::wstring wide = Widen(value);
  if (wide.size() > kMaxValue) return std::nullopt;
  // Without a match the bytes stay, whatever their normalisation form is.
  try {
    if (!std::regex_search(wide, compiled_->expression)) return std::string(value);
    return Narrow(std::regex_replace(wide, compiled_->expression, compiled_->with));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace gateway
