// The presentation contexts that an SCU proposes. There is one for each pair of SOP class and
// transfer syntax (PS3.8 section 9.3.2.2), so that the peer decides on each pair by itself. What
// the peer refused lately is left out.
#pragma once

#include <optional>
#include <vector>

#include "dicom/dcmtk_handles.h"
#include "dicom/refusals.h"
#include "dicom/syntax_pair.h"
#include "gateway/result.h"

namespace gateway::dicom {

class PresentationContexts {
 public:
  static constexpr std::size_t kMax = 128;  // context ids are odd and have one byte

  // Forgets the pair that was added first if there are too many. A pair that the peer refused
  // lately is not added.
  void Add(const SyntaxPair& pair);
  // Proposes all pairs in `parameters`.
  OFCondition ProposeIn(T_ASC_Parameters* parameters);
  // Remembers what the peer refused of the last ProposeIn().
  void TakeAnswers(T_ASC_Parameters* parameters);
  [[nodiscard]] bool HasProposed(const SyntaxPair& pair) const;
  // Returns the peer's refusal of the pair, if it is remembered (refusals.h).
  [[nodiscard]] std::optional<Error> RefusedLately(const SyntaxPair& pair) const;
  // Returns the context id of a proposed pair. Errors: permanent "sop-class-refused" or
  // "transfer-syntax-refused", as the peer answered.
  [[nodiscard]] Result<T_ASC_PresentationContextID> Accepted(T_ASC_Parameters* parameters,
                                                             const SyntaxPair& pair) const;

 private:
  std::vector<SyntaxPair> wanted_;
  std::vector<SyntaxPair> proposed_;  // as in the last ProposeIn(); the n-th has the id 2n+1
  Refusals refusals_;
};

}  // namespace gateway::dicom
