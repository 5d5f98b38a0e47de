// The SCU's association: opened when needed, kept open, ended in order. Not thread-safe.
#pragma once

#include <string>

#include "dicom/dcmtk_handles.h"
#include "dicom/presentation_contexts.h"
#include "dicom/tcp_connection.h"
#include "gateway/result.h"
#include "gateway/settings.h"

namespace gateway::dicom {

class ScuAssociation {
 public:
  explicit ScuAssociation(PacsSettings settings);
  ~ScuAssociation();

  void Expect(const SyntaxPair& pair) { contexts_.Add(pair); }
  // Opens the association, or opens it anew when it does not have `pair` yet, or when the peer has left it meanwhile.
  // The id of the presentation context for `pair`.
  Result<T_ASC_PresentationContextID> Prepare(const SyntaxPair& pair);
  [[nodiscard]] bool is_open() const { return association_ != nullptr; }
  // While is_open().
  [[nodiscard]] T_ASC_Association* get() const { return association_.get(); }
  [[nodiscard]] int timeout_seconds() const { return static_cast<int>(settings_.timeout.count()); }

  void Release();
  void Abort();
  // Ends the association after a failure in it: transient "pacs-timeout" or "pacs-association-lost".
  Error Fail(const OFCondition& condition);

 private:
  Result<void> Open();
  Result<NetworkHandle> OpenNetwork();
  Result<ParametersHandle> Propose();
  void TakeLeave();
  Error OpeningFailure(const OFCondition& condition, T_ASC_Parameters* parameters) const;
  [[nodiscard]] std::string Where() const;

  PacsSettings settings_;
  PresentationContexts contexts_;
  Waits waits_;
  TransportLayer layer_;
  NetworkHandle network_;
  AssociationHandle association_;
};

}  // namespace gateway::dicom
