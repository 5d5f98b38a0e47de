// What a PACS's status of a C-STORE or C-ECHO means (PS3.7 annex C, PS3.4 section B.2.3).
#pragma once

#include "gateway/result.h"

namespace gateway::dicom {

// Every status has its place here; docs/conformance-statement.md has the same table.
//   the status: 0000, and the warnings 0001, 0107, 0116, 0111 and Bxxx. The instance is in the PACS.
//   transient "pacs-busy" (Axxx, 0213) and "pacs-not-now" (0110, 0124, 0210 to 0212, FExx, FFxx, and what no standard
//     names): they speak of the PACS, of its rights or of the association, and pass.
//   permanent "sop-class-refused" (0118, 0122) and "pacs-refused" (Cxxx, and the rest of 01xx and 02xx): they speak of
//     the instance, which stays what it is.
// `in_doubt`: an earlier C-STORE of this instance got no answer, so the PACS may have it from us. Its "duplicate SOP
// instance" (0111) is a success then, and 0000 is returned.
Result<unsigned> JudgeStatus(unsigned status, bool in_doubt);

// Its class is FExx or FFxx, which end no C-STORE: what follows on the association cannot be told apart any more.
bool IsNoFinalAnswer(unsigned status);

}  // namespace gateway::dicom
