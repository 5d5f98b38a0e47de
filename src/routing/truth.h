// Three-valued logic (Kleene's). A thing that is not known makes no rule match, also not under
// `not`.
#pragma once

#include <cstdint>

namespace gateway::routing {

enum class Truth : std::uint8_t { no, yes, unknown };

constexpr Truth TruthOf(bool value) {
  return value ? Truth::yes : Truth::no;
}
constexpr Truth Not(Truth truth) {
  return truth == Truth::unknown ? truth : TruthOf(truth == Truth::no);
}

// Folds the parts of "all of" or "any of". The result is certain as soon as one part decides it.
class Fold {
 public:
  static constexpr Fold AllOf() { return Fold(Truth::yes, Truth::no); }
  static constexpr Fold AnyOf() { return Fold(Truth::no, Truth::yes); }
  // Returns true once further parts change nothing.
  constexpr bool Add(Truth truth) {
    if (result_ != decides_ && (truth == decides_ || truth == Truth::unknown)) result_ = truth;
    return result_ == decides_;
  }
  [[nodiscard]] constexpr Truth result() const { return result_; }

 private:
  constexpr Fold(Truth start, Truth decides) : result_(start), decides_(decides) {}
  Truth result_;
  Truth decides_;
};

}  // namespace gateway::routing
