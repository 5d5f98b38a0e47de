// Remembers which presentation contexts a peer refused. For a while they are neither proposed nor
// asked for again, so that a study of a class that the PACS refuses costs one association, and not
// one for each instance. The time is short, so that a PACS whose settings were changed is soon
// asked again. Not thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "dicom/syntax_pair.h"
#include "gateway/result.h"

namespace gateway::dicom {

class Refusals {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kRemembered{60};

  void Note(const SyntaxPair& pair, const Error& error, Moment now);
  // The peer has accepted the pair.
  void Forget(const SyntaxPair& pair);
  // Returns the peer's refusal if it was noted less than kRemembered ago.
  [[nodiscard]] std::optional<Error> Find(const SyntaxPair& pair, Moment now) const;

 private:
  struct Refusal {
    SyntaxPair pair;
    Error error;
    Moment noted;
  };
  std::vector<Refusal> refusals_;  // of at most kMost pairs, the latest last
};

}  // namespace gateway::dicom
