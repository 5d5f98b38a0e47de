// The SCU's association. It is opened when needed, kept open, and ended in order. One thread uses
// it, but any thread may call Stop().
#pragma once

#include <string>

#include "base/handles.h"
#include "dicom/dcmtk_handles.h"
#include "dicom/presentation_contexts.h"
#include "dicom/tcp_connection.h"
#include "dicom/tls_context.h"
#include "dicom/waits.h"
#include "gateway/result.h"
#include "gateway/settings/pacs.h"

namespace gateway::dicom {

class ScuAssociation {
 public:
  explicit ScuAssociation(PacsSettings settings);
  ~ScuAssociation();

  void Expect(const SyntaxPair& pair) { contexts_.Add(pair); }
  // Returns the id of the presentation context for `pair`. If necessary, it opens the association
  // first. It opens a new one if the old one does not have `pair`, or if the peer has left it
  // meanwhile. Errors of opening: transient "pacs-unreachable", "pacs-tls-failed",
  // "pacs-association-rejected". Errors of the pair: those of PresentationContexts::Accepted().
  Result<T_ASC_PresentationContextID> Prepare(const SyntaxPair& pair);
  [[nodiscard]] bool is_open() const { return association_ != nullptr; }
  // Must only be called while is_open().
  [[nodiscard]] T_ASC_Association* get() const { return association_.get(); }
  // For DCMTK's functions. The waits themselves end after the time-out of the settings.
  [[nodiscard]] static int timeout_seconds() { return kLongerThanAnyWait; }

  void End();
  void Abort();
  // Makes operations under way end within seconds, and new ones at once. Any thread may call it.
  void Stop();
  // Ends the association after a failure in it. Returns transient "pacs-timeout" or
  // "pacs-association-lost".
  Error Fail(const OFCondition& condition);

 private:
  Result<void> Open();
  Result<void> Connect();
  Result<NetworkHandle> OpenNetwork();
  Result<ParametersHandle> Propose();
  void TakeLeave();
  Error OpeningFailure(const OFCondition& condition, T_ASC_Parameters* parameters) const;
  [[nodiscard]] std::string Where() const;

  PacsSettings settings_;
  PresentationContexts contexts_;
  const UniqueFd stop_;  // an eventfd
  Waits waits_;
  UniqueFd socket_;  // to the PACS, until DCMTK has it
  SslContext tls_;   // for this association
  TransportLayer layer_;
  NetworkHandle network_;
  AssociationHandle association_;
};

}  // namespace gateway::dicom
