// Replaces what a regular expression finds in a value. The expression is ECMAScript, as in
// pattern.h, and each place where it is found is replaced. In the new text, $1 to $9 stand for the
// groups of the expression, $& for all that was found, and $$ for a dollar sign. Immutable, so any
// thread may use it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway {

class Replacement {
 public:
  // Error: config "bad-pattern". The detail says what is wrong.
  static Result<Replacement> Create(std::string_view expression, std::string_view with);

  // Returns nullopt if the value, in UTF-8, has more than 1024 characters. Work on longer ones
  // would have no bound.
  [[nodiscard]] std::optional<std::string> Apply(std::string_view value) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace gateway
