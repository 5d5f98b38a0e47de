// Owns DCMTK handles.
#pragma once

// clang-format off
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
// clang-format on

#include <memory>
#include <string>

namespace gateway::dicom {

struct NetworkDeleter {
  void operator()(T_ASC_Network* network) const { ASC_dropNetwork(&network); }
};
using NetworkHandle = std::unique_ptr<T_ASC_Network, NetworkDeleter>;

// Closes the connection, if it is still open, without telling the peer.
struct AssociationDeleter {
  void operator()(T_ASC_Association* association) const { ASC_destroyAssociation(&association); }
};
using AssociationHandle = std::unique_ptr<T_ASC_Association, AssociationDeleter>;

struct ParametersDeleter {
  void operator()(T_ASC_Parameters* parameters) const { ASC_destroyAssociationParameters(&parameters); }
};
using ParametersHandle = std::unique_ptr<T_ASC_Parameters, ParametersDeleter>;

// Returns DCMTK's description of a failure on one line.
inline std::string Text(const OFCondition& condition) {
  std::string text = condition.text();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

}  // namespace gateway::dicom
