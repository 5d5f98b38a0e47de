#include "dicom/unrecognised.h"

#include <cstdlib>

namespace gateway::dicom {

OFCondition DrainDataset(T_ASC_Association& association, int timeout_seconds) {
  DIC_UL bytes = 0;
  DIC_UL pdvs = 0;
  return DIMSE_ignoreDataSet(&association, DIMSE_NONBLOCKING, timeout_seconds, &bytes, &pdvs);
}

OFCondition RefuseUnrecognised(T_ASC_Association& association, T_ASC_PresentationContextID context,
                               T_DIMSE_Message& request, int timeout_seconds) {
  T_DIMSE_Message response{};
  const auto answer = [&](const auto& rq, auto& rsp, T_DIMSE_Command command) -> OFCondition {
    if (rq.DataSetType != DIMSE_DATASET_NULL) {
      if (const OFCondition drained = DrainDataset(association, timeout_seconds); drained.bad()) return drained;
    }
    response.CommandField = command;
    rsp.MessageIDBeingRespondedTo = rq.MessageID;
    rsp.DimseStatus = STATUS_N_UnrecognizedOperation;
    rsp.DataSetType = DIMSE_DATASET_NULL;
    return DIMSE_sendMessageUsingMemoryData(&association, context, &response, nullptr, nullptr, nullptr, nullptr);
  };
  auto& rq = request.msg;
  auto& rsp = response.msg;
  switch (request.CommandField) {
    case DIMSE_C_FIND_RQ:
      return answer(rq.CFindRQ, rsp.CFindRSP, DIMSE_C_FIND_RSP);
    case DIMSE_C_GET_RQ:
      return answer(rq.CGetRQ, rsp.CGetRSP, DIMSE_C_GET_RSP);
    case DIMSE_C_MOVE_RQ:
      return answer(rq.CMoveRQ, rsp.CMoveRSP, DIMSE_C_MOVE_RSP);
    case DIMSE_N_EVENT_REPORT_RQ:
      return answer(rq.NEventReportRQ, rsp.NEventReportRSP, DIMSE_N_EVENT_REPORT_RSP);
    case DIMSE_N_GET_RQ:
      std::free(rq.NGetRQ.AttributeIdentifierList);  // from DCMTK's parser
      return answer(rq.NGetRQ, rsp.NGetRSP, DIMSE_N_GET_RSP);
    case DIMSE_N_SET_RQ:
      return answer(rq.NSetRQ, rsp.NSetRSP, DIMSE_N_SET_RSP);
    case DIMSE_N_ACTION_RQ:
      return answer(rq.NActionRQ, rsp.NActionRSP, DIMSE_N_ACTION_RSP);
    case DIMSE_N_CREATE_RQ:
      return answer(rq.NCreateRQ, rsp.NCreateRSP, DIMSE_N_CREATE_RSP);
    case DIMSE_N_DELETE_RQ:
      return answer(rq.NDeleteRQ, rsp.NDeleteRSP, DIMSE_N_DELETE_RSP);
    default:
      return DIMSE_BADCOMMANDTYPE;
  }
}

}  // namespace gateway::dicom
