#include "dicom/pdv_reader.h"

namespace gateway::dicom {

OFCondition NextPdv(T_ASC_Association& association, int timeout_seconds, DUL_PDV& pdv) {
  if (DUL_NextPDV(&association.DULassociation, &pdv).good()) return EC_Normal;
  if (!ASC_dataWaiting(&association, timeout_seconds)) return DIMSE_NODATAAVAILABLE;
  const OFCondition read = DUL_ReadPDVs(&association.DULassociation, nullptr, DUL_NOBLOCK, timeout_seconds);
  if (read != DUL_PDATAPDUARRIVED) return read.good() ? DIMSE_READPDVFAILED : read;
  return DUL_NextPDV(&association.DULassociation, &pdv);
}

DatasetRead ReadDataset(T_ASC_Association& association, int timeout_seconds, T_ASC_PresentationContextID context,
                        const std::function<void(std::string_view)>& take) {
  DatasetRead read{.network = EC_Normal};
  while (true) {
    DUL_PDV pdv{};
    read.network = NextPdv(association, timeout_seconds, pdv);
    if (read.network.bad()) return read;
    if (pdv.pdvType != DUL_DATASETPDV) {
      read.network = DIMSE_UNEXPECTEDPDVTYPE;
      return read;
    }
    read.strayed = read.strayed || pdv.presentationContextID != context;
    if (!read.strayed) take({static_cast<const char*>(pdv.data), pdv.fragmentLength});
    if (pdv.lastPDV) return read;
  }
}

OFCondition DrainDataset(T_ASC_Association& association, int timeout_seconds) {
  return ReadDataset(association, timeout_seconds, 0, [](std::string_view) {}).network;
}

}  // namespace gateway::dicom
