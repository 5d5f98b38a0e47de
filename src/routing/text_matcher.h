// Compares one text of a rule with a value. Immutable, so any thread may use it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/pattern.h"
#include "gateway/result.h"
#include "gateway/settings/conditions.h"

namespace gateway::routing {

class TextMatcher {
 public:
  // `op` is one of those that compare texts. With `person_name` an exact text is written as
  // PlainName() does. Error: config "bad-pattern".
  static Result<TextMatcher> Create(Test::Op op, std::string_view text, bool person_name);

  // `value` is as Comparable() of subject.h returns it.
  [[nodiscard]] bool Matches(const std::string& value) const;
  // Returns the only text that matches, or nullptr if there may be others.
  [[nodiscard]] const std::string* exact() const { return way_ == Way::exact ? &text_ : nullptr; }

 private:
  enum class Way { exact, any_case, glob, expression };
  Way way_ = Way::exact;
  std::string text_;
  std::u32string glob_;
  std::optional<Pattern> expression_;
};

// Returns whether `value` matches a glob: * stands for any text, ? for one character, and [a-z] for
// one of these characters. The time it takes grows with the product of the two lengths.
bool MatchesGlob(std::u32string_view glob, std::u32string_view value);

}  // namespace gateway::routing
