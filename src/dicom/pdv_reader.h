// Reads messages from an association in fragments (PS3.8 annex E). DCMTK's own reader gives up on a
// fragment of odd length, so that nobody could answer the request.
#pragma once

#include <functional>
#include <string_view>

#include "dicom/dcmtk_handles.h"

// clang-format off
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dimse.h>
#include <dcmtk/dcmnet/dul.h>
// clang-format on

namespace gateway::dicom {

// Waits for the peer's next fragment. Errors: DIMSE_NODATAAVAILABLE, DUL_PEERREQUESTEDRELEASE and
// the like.
OFCondition NextPdv(T_ASC_Association& association, int timeout_seconds, DUL_PDV& pdv);

struct DatasetRead {
  OFCondition network;   // bad: the data set did not come as a whole
  bool strayed = false;  // a fragment came in another presentation context
};
// Reads the data set of a message whose command came in `context`, to its last fragment. Passes the
// bytes to `take`, but none from the first strayed fragment on. The data set and each of its
// fragments may have an odd length.
DatasetRead ReadDataset(T_ASC_Association& association, int timeout_seconds, T_ASC_PresentationContextID context,
                        const std::function<void(std::string_view)>& take);

// Reads a data set and forgets it.
OFCondition DrainDataset(T_ASC_Association& association, int timeout_seconds);

}  // namespace gateway::dicom
