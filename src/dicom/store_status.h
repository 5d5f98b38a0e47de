// Says what a PACS's status of a C-STORE or C-ECHO means (PS3.7 annex C, PS3.4 section B.2.3).
#pragma once

#include "gateway/result.h"

namespace gateway::dicom {

// Every status has its place here. docs/conformance-statement.md has the same table.
//   the status itself: 0000, and the warnings 0001, 0107, 0116, 0111 and Bxxx. The instance is in
//     the PACS.
//   transient "pacs-busy" (Axxx, 0213) and "pacs-not-now" (0110, 0124, 0210 to 0212, FExx, FFxx,
//     and statuses that no standard names): they concern the PACS, its rights or the
//     association, and may pass.
//   permanent "sop-class-refused" (0118, 0122) and "pacs-refused" (Cxxx, and the rest of 01xx and
//     02xx): they concern the instance, which does not change.
// `in_doubt` means that an earlier C-STORE of this instance got no answer, so that the PACS may
// have it from us. Then its "duplicate SOP instance" (0111) is a success, and 0000 is returned.
Result<unsigned> CheckStatus(unsigned status, bool in_doubt);

// Returns whether the status is FExx or FFxx, which end no C-STORE. After such a status, the
// following answers on the association cannot be told apart.
bool IsNoFinalAnswer(unsigned status);

}  // namespace gateway::dicom
