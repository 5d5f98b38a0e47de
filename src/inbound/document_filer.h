// This is a step of the inbound pipeline beside the Deliverer. Once an instance of its study is
// here, a non-DICOM part becomes a DICOM object and goes to the PACS, or becomes a file in the
// directory of its route. If it can become neither, it stays in the spool.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "gateway/settings/routes.h"
#include "inbound/inbound_context.h"
#include "inbound/service_results.h"
#include "ledger/documents.h"
#include "opener/open_process.h"
#include "policy/failure_policy.h"
#include "routing/router.h"
#include "spool/space_guard.h"
#include "spool/spool.h"

namespace gateway::inbound {

// There is one object for each lane, with one thread and one open worker. All references must
// outlive it. It calls `deliver` when there is something to deliver, and `receipt_due` when a
// receipt may be sent.
class DocumentFiler {
 public:
  DocumentFiler(const InboundContext& context, ledger::DocumentLane lane, std::function<void()> deliver,
                std::function<void()> receipt_due);

  // The step of a worker: it files one document.
  Milliseconds Step(const std::stop_token& stop);

 private:
  Result<void> File(const ledger::DocumentToFile& document);
  [[nodiscard]] Error NoStudy(const ledger::DocumentToFile& document) const;
  // Keeps the document for a person.
  void Keep(const ledger::DocumentToFile& document, const Error& why);
  // Returns the file of the document's reference instance. Error: transient "reference-gone".
  [[nodiscard]] Result<std::filesystem::path> ReferenceOf(const ledger::DocumentToFile& document) const;
  // Returns "reference-gone" in place of `error`, which opening the reference met, if retention has
  // deleted the file meanwhile.
  [[nodiscard]] Error ReferenceGone(const ledger::DocumentToFile& document, const Error& error) const;
  // Returns the route that puts the document into a directory; nullptr if none does.
  // `header` is that of an instance of the study, or nullptr.
  [[nodiscard]] routing::InboundFacts FactsOf(const ledger::DocumentToFile& document,
                                              const InstanceHeader* header) const;
  Result<const InboundRuleSettings*> RuleOf(const ledger::DocumentToFile& document);
  Result<void> PutInto(const InboundRuleSettings& rule, const ledger::DocumentToFile& document);
  Result<void> Convert(const ledger::DocumentToFile& document);
  Result<void> Take(const ledger::DocumentToFile& document, const opener::ConvertedDocument& converted);
  void Fail(const ledger::DocumentToFile& document, const Error& error);

  const ledger::DocumentLane lane_;
  std::string served_;  // the partner whose document came last
  const bool routes_have_directories_;
  const routing::Router& router_;
  ServiceResults service_results_;
  const spool::Spool& spool_;
  spool::SpaceGuard& space_;
  ledger::Documents documents_;
  const Clock& clock_;
  const FailurePolicy policy_;
  const Milliseconds document_timeout_;
  opener::OpenProcess process_;
  const std::function<void()> deliver_;
  const std::function<void()> receipt_due_;
};

}  // namespace gateway::inbound
