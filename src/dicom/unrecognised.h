// DIMSE requests of services that this SCP does not offer.
#pragma once

#include "dicom/dcmtk_handles.h"

// clang-format off
#include <dcmtk/dcmnet/dimse.h>
// clang-format on

namespace gateway::dicom {

// Passes over the request's data set and answers 0211 "unrecognised operation" (PS3.7 section C.5.15).
// DIMSE_BADCOMMANDTYPE for what is no request.
OFCondition RefuseUnrecognised(T_ASC_Association& association, T_ASC_PresentationContextID context,
                               T_DIMSE_Message& request, int timeout_seconds);

// Reads a data set and forgets it.
OFCondition DrainDataset(T_ASC_Association& association, int timeout_seconds);

}  // namespace gateway::dicom
