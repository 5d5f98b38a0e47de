#include "inbound/document_filer.h"

#include <algorithm>

#include "base/error_codes.h"
#include "dicom/error_codes.h"
#include "gateway/item_id.h"
#include "inbound/document_directory.h"
#include "inbound/document_kinds.h"
#include "inbound/document_scanner.h"
#include "inbound/error_codes.h"
#include "inbound/routed_instance.h"
#include "ledger/error_codes.h"
#include "policy/error_codes.h"
#include "policy/worker.h"
#include "telemetry/durable_point.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

const security::Keys kNoKeys;  // documents are already decrypted

constexpr Milliseconds kLease{60 * 60'000};
constexpr Milliseconds kIdle{1000};

std::string NameOf(const ledger::DocumentToFile& document) {
  return Format(ItemKind::document, document.id);
}

constexpr const char* kReplaced = "something else stands in place of its file: document_scanner replaced it";

// Returns whether something stands there that is no file. A FIFO would keep its reader waiting.
bool IsReplaced(const std::filesystem::path& file) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::symlink_status(file, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
}

// Such a document is whole, but only a person can decide what becomes of it.
bool IsForAPerson(const Error& error) {
  return IsOneOf(error, codes::kDocumentChanged, codes::kDocumentKind, codes::kDocumentNotConvertible);
}

// The document's last try. Such a document is in the slow lane.
bool TookTooLong(const ledger::DocumentToFile& document) {
  return document.failed_by == codes::kScannerSlow.name;
}

bool HasDirectories(const RouteSettings& routes) {
  return std::any_of(routes.inbound.begin(), routes.inbound.end(),
                     [](const InboundRuleSettings& rule) { return !rule.file_documents_to.empty(); });
}

}  // namespace

DocumentFiler::DocumentFiler(const InboundContext& context, ledger::DocumentLane lane, std::function<void()> deliver,
                             std::function<void()> receipt_due)
    : lane_(lane),
      routes_have_directories_(HasDirectories(context.settings.routes)),
      router_(context.settings.router),
      service_results_(context.settings.services, context.around.database),
      spool_(context.around.spool),
      space_(context.around.space),
      documents_(context.around.database),
      clock_(context.around.clock),
      policy_(context.settings.retry),
      document_timeout_(context.settings.reception.document_timeout),
      process_(context.open_worker, kNoKeys, context.around.spool),
      deliver_(std::move(deliver)),
      receipt_due_(std::move(receipt_due)) {
  process_.AskFor(AskedOfResults(router_, context.settings.services));
}

Milliseconds DocumentFiler::Step(const std::stop_token&) {
  if (!space_.Check()) return kIdle;
  return ClaimAndWork(
      "claim-documents", kIdle, [this] { return documents_.Claim(1, clock_.Now(), kLease, lane_, served_); },
      [this](const std::vector<ledger::DocumentToFile>& claimed) {
        served_ = claimed.front().partner;
        const Result<void> filed = File(claimed.front());
        process_.End();
        if (!filed) Fail(claimed.front(), filed.error());
        receipt_due_();
        return Milliseconds(0);
      });
}

Result<void> DocumentFiler::File(const ledger::DocumentToFile& document) {
  if (IsReplaced(spool_.PathOf(spool::Kind::document, document.spool_key))) {
    return Corrupt(codes::kDocumentChanged, kReplaced);
  }
  GATEWAY_ASSIGN(const InboundRuleSettings* const rule, RuleOf(document));
  if (rule != nullptr) return PutInto(*rule, document);
  if (!document.reference) return NoStudy(document);
  return Convert(document);
}

// If the clock is not certain, the document's time may have passed only by the clock. It then waits
// on.
Error DocumentFiler::NoStudy(const ledger::DocumentToFile& document) const {
  Error error = Corrupt(codes::kNoStudyForDocument, "no instance of its study came");
  if (document.unsigned_reference) {
    error = Corrupt(codes::kStudyNotSigned, "only words that nobody signed name its study, that of " +
                                                Format(ItemKind::instance, *document.unsigned_reference));
  }
  if (!AgeIsCertain(clock_, document_timeout_)) error.fault = Fault::transient;
  return error;
}

Result<std::filesystem::path> DocumentFiler::ReferenceOf(const ledger::DocumentToFile& document) const {
  std::filesystem::path file = spool_.PathOf(spool::Kind::instance, document.reference->spool_key);
  std::error_code ignored;
  // Retention may have deleted the file since. The next claim finds another reference.
  if (!std::filesystem::exists(file, ignored)) return Transient(codes::kReferenceGone, "its file is gone");
  return file;
}

Error DocumentFiler::ReferenceGone(const ledger::DocumentToFile& document, const Error& error) const {
  if (!Is(error, codes::kFileError)) return error;
  const auto reference = ReferenceOf(document);
  return reference ? error : reference.error();
}

routing::InboundFacts DocumentFiler::FactsOf(const ledger::DocumentToFile& document,
                                             const InstanceHeader* header) const {
  routing::InboundFacts facts{.header = header, .partner = document.partner, .now = clock_.Now()};
  if (!document.set_id.empty()) facts.set = document.set_id;
  return facts;
}

Result<const InboundRuleSettings*> DocumentFiler::RuleOf(const ledger::DocumentToFile& document) {
  if (!routes_have_directories_) return static_cast<const InboundRuleSettings*>(nullptr);
  if (!document.reference) return router_.DocumentRule(FactsOf(document, nullptr));
  GATEWAY_ASSIGN(const std::filesystem::path reference, ReferenceOf(document));
  const Result<InstanceHeader> header = process_.ReadHeader(reference);
  process_.End();
  if (!header) return ReferenceGone(document, header.error());
  routing::InboundFacts facts = FactsOf(document, &*header);
  GATEWAY_ASSIGN(ledger::AnsweredRequests answered, service_results_.RequestsOf(*header, document.partner, facts.set));
  facts.service = std::move(answered.service);
  return router_.DocumentRule(facts);
}

// The checks come before the file is placed, because a person or a program may open it in the
// directory at once.
Result<void> DocumentFiler::PutInto(const InboundRuleSettings& rule, const ledger::DocumentToFile& document) {
  const std::string prefix = document.set_id.empty() ? NameOf(document) : document.set_id;
  const std::string name = SafeFileName(prefix, document.name, document.content_type);
  const std::filesystem::path file = spool_.PathOf(spool::Kind::document, document.spool_key);
  GATEWAY_TRY(CheckDocumentKind(name, rule.document_kinds, file));
  if (!rule.document_scanner.empty()) {
    GATEWAY_TRY(ScanDocument(rule.document_scanner, file, TookTooLong(document) ? kLongestScan : kFirstScan));
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
      return Corrupt(codes::kDocumentChanged, "document_scanner removed it");
    }
    if (IsReplaced(file)) return Corrupt(codes::kDocumentChanged, kReplaced);
  }
  GATEWAY_TRY(PlaceFile(rule.file_documents_to, {file, name, document.sha256, document.spool_key}));
  DurablePoint("document.placed");
  GATEWAY_TRY(RecordPatiently("record-filed", [&] { return documents_.RecordFiled(document.id, clock_.Now()); }));
  DurablePoint("document.recorded");
  events::DocumentFiled(NameOf(document), document.partner);
  (void)spool_.Remove(spool::Kind::document, document.spool_key);
  return {};
}

Result<void> DocumentFiler::Convert(const ledger::DocumentToFile& document) {
  const std::filesystem::path file = spool_.PathOf(spool::Kind::document, document.spool_key);
  GATEWAY_ASSIGN(const std::filesystem::path reference, ReferenceOf(document));
  const Result<opener::ConvertedDocument> converted =
      process_.Convert(file, reference, {document.content_type, document.partner, document.sha256, document.name});
  if (!converted) return ReferenceGone(document, converted.error());
  return Take(document, *converted);
}

// A document that is kept stays for a person, and its sender is told of a warning and not of a
// loss.
void DocumentFiler::Keep(const ledger::DocumentToFile& document, const Error& why) {
  if (!RecordOutcome("record-kept", [&] { return documents_.RecordKept(document.id, why, clock_.Now()); })) return;
  events::DocumentKept(NameOf(document), document.partner, document.content_type, why);
}

Result<void> DocumentFiler::Take(const ledger::DocumentToFile& document, const opener::ConvertedDocument& converted) {
  GATEWAY_ASSIGN(ledger::NewReceivedInstance instance,
                 Routed(FactsOf(document, &converted.header), router_, service_results_));
  GATEWAY_ASSIGN(instance.spool_key, spool_.Keep(spool::Kind::instance, converted.file));
  DurablePoint("document.kept");
  const Result<ledger::ReceivedInstance> received = RecordPatiently(
      "record-converted", [&] { return documents_.RecordConverted(document.id, instance, clock_.Now()); });
  if (!received) {
    if (ledger::NothingRecorded(received.error())) (void)spool_.Remove(spool::Kind::instance, instance.spool_key);
    return received.error();
  }
  const bool known =
      received->outcome == ledger::InstanceOutcome::duplicate || received->outcome == ledger::InstanceOutcome::again;
  if (known && !received->keeps_file) {
    (void)spool_.Remove(spool::Kind::instance, instance.spool_key);
  }
  DurablePoint("document.recorded");
  events::DocumentConverted(NameOf(document), Format(ItemKind::instance, received->instance), document.partner);
  LogInstance(*received, NameOf(document), document.partner, converted.header);
  (void)spool_.Remove(spool::Kind::document, document.spool_key);
  deliver_();
  return {};
}

void DocumentFiler::Fail(const ledger::DocumentToFile& document, const Error& error) {
  if (Is(error, codes::kClaimLost)) {
    events::LedgerFailed("record-document", error);
    return;
  }
  if (IsForAPerson(error)) return Keep(document, error);
  const Time now = clock_.Now();
  const std::string name = NameOf(document);
  if (opener::OpenProcess::SaysWorkerEnded(error)) events::OpenWorkerDied(name, error.detail);
  Decision decision = policy_.DecideOpening(error, document.failed_by, document.tries, document.tried_since, clock_);
  // It goes on at once in the slow lane, where it gets more time.
  const bool changes_lane = Is(error, codes::kScannerSlow) && !TookTooLong(document);
  if (changes_lane || Is(error, codes::kScannerInterrupted)) decision = {Fate::retry, Milliseconds(0), now};
  // The failure is not the sender's, so the sender must not be told that the document was thrown
  // away.
  if (decision.fate != Fate::retry && error.fault == Fault::transient) return Keep(document, error);
  std::optional<Time> next_try;
  if (decision.fate == Fate::retry) {
    next_try = decision.next_try;
    events::DocumentDeferred(name, document.partner, error, document.tries + 1, decision.wait.count());
  } else {
    events::DocumentQuarantined(name, document.partner, error);
  }
  (void)RecordOutcome("record-document-failure",
                      [&] { return documents_.RecordFailure(document.id, error, next_try, now); });
}

}  // namespace gateway::inbound
