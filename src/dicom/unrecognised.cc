#include "dicom/unrecognised.h"

#include "dicom/pdv_reader.h"

namespace gateway::dicom {
namespace {

// The field of the response to a request is the request's with the highest bit set (PS3.7 section
// E.1).
constexpr unsigned kResponse = 0x8000;

// `response` is that part of the message which the command field says.
template <typename Response>
OFCondition Send(T_ASC_Association& association, const Command& request, T_DIMSE_Message& message, Response& response,
                 DIC_US status) {
  message.CommandField = static_cast<T_DIMSE_Command>(request.field | kResponse);
  response.MessageIDBeingRespondedTo = request.message_id;
  response.DimseStatus = status;
  response.DataSetType = DIMSE_DATASET_NULL;
  return DIMSE_sendMessageUsingMemoryData(&association, request.context, &message, nullptr, nullptr, nullptr, nullptr);
}

}  // namespace

OFCondition AnswerEcho(T_ASC_Association& association, const Command& request, int timeout_seconds) {
  if (request.has_dataset) {
    if (const OFCondition drained = DrainDataset(association, timeout_seconds); drained.bad()) return drained;
  }
  T_DIMSE_C_EchoRQ echo{};
  echo.MessageID = request.message_id;
  OFStandard::strlcpy(echo.AffectedSOPClassUID, request.sop_class_uid.c_str(), sizeof(echo.AffectedSOPClassUID));
  return DIMSE_sendEchoResponse(&association, request.context, &echo, STATUS_Success, nullptr);
}

OFCondition RefuseUnrecognised(T_ASC_Association& association, const Command& request, int timeout_seconds) {
  T_DIMSE_Message message{};
  const auto answer = [&](auto& response) -> OFCondition {
    if (request.has_dataset) {
      if (const OFCondition drained = DrainDataset(association, timeout_seconds); drained.bad()) return drained;
    }
    return Send(association, request, message, response, STATUS_N_UnrecognizedOperation);
  };
  auto& rsp = message.msg;
  switch (request.field) {
    case DIMSE_C_FIND_RQ:
      return answer(rsp.CFindRSP);
    case DIMSE_C_GET_RQ:
      return answer(rsp.CGetRSP);
    case DIMSE_C_MOVE_RQ:
      return answer(rsp.CMoveRSP);
    case DIMSE_N_EVENT_REPORT_RQ:
      return answer(rsp.NEventReportRSP);
    case DIMSE_N_GET_RQ:
      return answer(rsp.NGetRSP);
    case DIMSE_N_SET_RQ:
      return answer(rsp.NSetRSP);
    case DIMSE_N_ACTION_RQ:
      return answer(rsp.NActionRSP);
    case DIMSE_N_CREATE_RQ:
      return answer(rsp.NCreateRSP);
    case DIMSE_N_DELETE_RQ:
      return answer(rsp.NDeleteRSP);
    default:
      return DIMSE_BADCOMMANDTYPE;
  }
}

}  // namespace gateway::dicom
