// A pattern is one entry of a `when:` list. A value matches if it is equal to the entry. If the
// entry starts with "~", the rest is an ECMAScript regular expression that must be found anywhere
// in the value. Both are case-sensitive and are compared in Unicode normalisation form C. With (?i)
// at its start, an expression takes capital and small letters as the same. A pattern is immutable,
// so any thread may use it.
//
// The values come from outside. So the expressions are matched in polynomial time with a bounded
// stack, and only over the first 256 characters. (DICOM allows 64 for LO and 3 x 64 for PN.)
// Back-references do not compile.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway {

class Pattern {
 public:
  // Error: config "bad-pattern". The detail says what is wrong with the expression.
  static Result<Pattern> Create(std::string_view text);

  // Ignores the spaces and NULs that pad the value to DICOM's even length.
  [[nodiscard]] bool Matches(std::string_view value) const;

 private:
  struct Expression;
  std::string exact_;
  std::shared_ptr<const Expression> expression_;  // null: values are compared with exact_
};

}  // namespace gateway
