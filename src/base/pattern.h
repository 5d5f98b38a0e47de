// One entry of a `when:` list: equal to the value, or, where the entry starts with "~", an ECMAScript regular
// expression that is found anywhere in the value. Case-sensitive; both in Unicode normalisation form C. Immutable: any
// thread.
//
// The values come from outside and the expressions are matched in polynomial time and bounded stack, over the first
// 256 characters (DICOM allows 64 for LO, 3 x 64 for PN). Back-references do not compile.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway {

class Pattern {
 public:
  // config "bad-pattern"; the detail says what is wrong with the expression.
  static Result<Pattern> Create(std::string_view text);

  // Spaces and NULs that pad the value to DICOM's even length do not count.
  [[nodiscard]] bool Matches(std::string_view value) const;

 private:
  struct Expression;
  std::string exact_;
  std::shared_ptr<const Expression> expression_;  // null: compared with exact_
};

}  // namespace gateway
