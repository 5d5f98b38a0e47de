// Reads DIMSE requests from the wire (PS3.7 sections 6.3 and 9.3), in bounded memory and without
// checking them. DCMTK's reader gives up on a field that is too long, so that nobody could answer
// the request.
#pragma once

#include <string>
#include <string_view>

#include "dicom/dcmtk_handles.h"

// clang-format off
#include <dcmtk/dcmnet/dimse.h>
// clang-format on

namespace gateway::dicom {

struct Command {
  T_ASC_PresentationContextID context = 0;
  unsigned field = 0;  // (0000,0100): 0x0001 is C-STORE-RQ
  DIC_US message_id = 0;
  bool has_dataset = false;
  // Has no padding, and is as long as the command allows. It is empty if it is absent.
  std::string sop_class_uid;
  std::string sop_instance_uid;
};

// Returns the SOP Instance UID of a command for the log. It is empty for a text that is no UID,
// which could say anything.
std::string_view UidForLog(const Command& command);

// Waits for the peer's next command. With `dataset_may_come`, it passes over a data set that comes
// before: the command before announced none, and it was answered already. Errors:
// DUL_PEERREQUESTEDRELEASE and the like; DIMSE_UNEXPECTEDPDVTYPE; DIMSE_PARSEFAILED for a command
// that cannot be answered, because it is too long, is no command set, or has no message id. Then
// `command` has what could be read.
OFCondition ReceiveCommand(T_ASC_Association& association, int timeout_seconds, bool dataset_may_come,
                           Command& command);

}  // namespace gateway::dicom
