// Answers DIMSE requests other than C-STORE.
#pragma once

#include "dicom/command_reader.h"
#include "dicom/dcmtk_handles.h"

namespace gateway::dicom {

// Answers a C-ECHO (PS3.4 annex A) with success.
OFCondition AnswerEcho(T_ASC_Association& association, const Command& request, int timeout_seconds);

// Answers a request of a service that this SCP does not offer. It skips the request's data set and
// answers 0211 "unrecognised operation" (PS3.7 section C.5.15). Returns DIMSE_BADCOMMANDTYPE for
// something that is no request.
OFCondition RefuseUnrecognised(T_ASC_Association& association, const Command& request, int timeout_seconds);

}  // namespace gateway::dicom
