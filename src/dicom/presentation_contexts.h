// The presentation contexts that an SCU proposes. There is one for each pair of SOP class and
// transfer syntax (PS3.8 section 9.3.2.2), so that the peer decides on each pair by itself.
#pragma once

#include <string>
#include <vector>

#include "dicom/dcmtk_handles.h"
#include "gateway/result.h"

namespace gateway::dicom {

struct SyntaxPair {
  std::string sop_class_uid;
  std::string transfer_syntax_uid;
  friend bool operator==(const SyntaxPair&, const SyntaxPair&) = default;
};

class PresentationContexts {
 public:
  static constexpr std::size_t kMax = 128;  // context ids are odd and have one byte

  // Forgets the pair that was added first if there are too many.
  void Add(const SyntaxPair& pair);
  // Proposes all pairs in `parameters`.
  OFCondition ProposeIn(T_ASC_Parameters* parameters);
  [[nodiscard]] bool HasProposed(const SyntaxPair& pair) const;
  // Returns the context id of a proposed pair. Errors: permanent "sop-class-refused" or
  // "transfer-syntax-refused", as the peer answered.
  [[nodiscard]] Result<T_ASC_PresentationContextID> Accepted(T_ASC_Parameters* parameters,
                                                             const SyntaxPair& pair) const;

 private:
  std::vector<SyntaxPair> wanted_;
  std::vector<SyntaxPair> proposed_;  // as in the last ProposeIn(); the n-th has the id 2n+1
};

}  // namespace gateway::dicom
