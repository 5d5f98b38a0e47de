#include "telemetry/events.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <string>

#include "telemetry/log.h"

namespace gateway::events {
namespace {

using log::Write;
constexpr LogLevel kDebug = LogLevel::debug;
constexpr LogLevel kInfo = LogLevel::info;
constexpr LogLevel kWarning = LogLevel::warning;
constexpr LogLevel kAlarm = LogLevel::error;  // somebody has to do something

std::string Hex(unsigned status) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04X", status);
  return text.data();
}

// In JSON, what is a number stands without quotes.
log::Field NumberOrText(std::string_view key, std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = failure == std::errc() && end == text.data() + text.size() && std::to_string(number) == text;
  return is_number ? log::Field(key, number) : log::Field(key, text);
}

void WriteChange(LogLevel level, std::string_view id, std::string_view instance, std::string_view mail,
                 std::string_view partner, const InstanceChange& change) {
  Write(level, id,
        {{"instance", instance},
         {"mail", mail},
         {"partner", partner},
         {"earlier", change.earlier},
         {"earlier_partner", change.earlier_partner},
         {"difference", change.difference}});
}

}  // namespace

void LedgerUpgrading(std::int64_t from, std::int64_t to, std::string_view copy) {
  Write(kInfo, "ledger-upgrading", {{"from", from}, {"to", to}, {"copy", copy}});
}

void LedgerUpgraded(std::int64_t to) {
  Write(kInfo, "ledger-upgraded", {{"to", to}});
}

void GatewayStarted(std::string_view name, std::string_view version) {
  Write(kInfo, "gateway-started", {{"name", name}, {"version", version}});
}
void GatewayReady(std::string_view dicom_address, std::size_t partners, std::size_t mailboxes) {
  Write(kInfo, "gateway-ready", {{"dicom", dicom_address}, {"partners", partners}, {"mailboxes", mailboxes}});
}
void GatewayNotStarted(const Error& error) {
  Write(kAlarm, "gateway-not-started", {{"error", error.code}, {"detail", error.detail}});
}
void GatewayStopping(std::string_view signal) {
  Write(kInfo, "gateway-stopping", {{"signal", signal}});
}
void GatewayStopped() {
  Write(kInfo, "gateway-stopped", {});
}
void ThreadFailed(std::string_view thread, std::string_view what) {
  Write(kAlarm, "thread-failed", {{"thread", thread}, {"what", what}});
}
void LedgerFailed(std::string_view operation, const Error& error) {
  Write(kAlarm, "ledger-failed", {{"operation", operation}, {"error", error.code}, {"detail", error.detail}});
}
void SpoolFailed(std::string_view operation, std::string_view file, const Error& error) {
  Write(kAlarm, "spool-failed",
        {{"operation", operation}, {"file", file}, {"error", error.code}, {"detail", error.detail}});
}
void LogNotReopened(const Error& error) {
  Write(kAlarm, "log-not-reopened", {{"error", error.code}, {"detail", error.detail}});
}
void LogReopened(std::string_view signal, std::string_view detail) {
  Write(kInfo, "log-reopened", {{"signal", signal}, {"detail", detail}});
}
void SignalIgnored(std::string_view signal) {
  Write(kWarning, "signal-ignored", {{"signal", signal}});
}
void PathUnavailable(std::string_view detail) {
  Write(kAlarm, "path-unavailable", {{"detail", detail}});
}
void StateDirectoryUnsafe(std::string_view path, std::string_view detail) {
  Write(kWarning, "state-directory-unsafe", {{"path", path}, {"detail", detail}});
}
void StateDirectoryMended(std::string_view path, std::string_view detail) {
  Write(kWarning, "state-directory-mended", {{"path", path}, {"detail", detail}});
}
void KeyUnusable(std::string_view whose, const Error& why) {
  Write(kAlarm, "key-unusable", {{"whose", whose}, {"error", why.code}, {"detail", why.detail}});
}
void KeyExpires(std::string_view whose, std::string_view at, std::int64_t days_left) {
  Write(kWarning, "key-expires", {{"whose", whose}, {"at", at}, {"days_left", days_left}});
}
void DiskLow(std::uint64_t free_bytes, std::uint64_t needed_bytes) {
  Write(kAlarm, "disk-low", {{"free", free_bytes}, {"needed", needed_bytes}});
}
void DiskRecovered(std::uint64_t free_bytes) {
  Write(kInfo, "disk-recovered", {{"free", free_bytes}});
}
void ClockJumped(std::int64_t by_ms, std::size_t items) {
  Write(kWarning, "clock-jumped", {{"by_ms", by_ms}, {"items", items}});
}

void AssociationAccepted(std::string_view calling_ae, std::string_view called_ae, std::string_view host) {
  Write(kDebug, "association-accepted", {{"calling_ae", calling_ae}, {"called_ae", called_ae}, {"host", host}});
}
void AssociationRejected(std::string_view calling_ae, std::string_view called_ae, std::string_view host,
                         std::string_view reason, std::string_view detail) {
  Write(kWarning, "association-rejected",
        {{"calling_ae", calling_ae}, {"called_ae", called_ae}, {"host", host}, {"reason", reason}, {"detail", detail}});
}
void AssociationsRejected(std::string_view calling_ae, std::string_view called_ae, std::string_view host,
                          std::string_view reason, std::uint64_t times) {
  Write(kWarning, "associations-rejected",
        {{"calling_ae", calling_ae}, {"called_ae", called_ae}, {"host", host}, {"reason", reason}, {"times", times}});
}
void AssociationEnded(std::string_view calling_ae, std::string_view host, std::uint64_t instances, std::string_view how,
                      bool broken, std::string_view sop_instance, std::string_view detail) {
  Write(broken ? kWarning : kInfo, "association-ended",
        {{"calling_ae", calling_ae},
         {"host", host},
         {"instances", instances},
         {"how", how},
         {"sop_instance", sop_instance},
         {"detail", detail}});
}
void CallerUnresolved(std::string_view host, const Error& error, std::size_t kept) {
  Write(kAlarm, "caller-unresolved", {{"host", host}, {"detail", error.detail}, {"kept", std::uint64_t{kept}}});
}
void CallerResolved(std::string_view host, std::string_view addresses) {
  Write(kInfo, "caller-resolved", {{"host", host}, {"addresses", addresses}});
}
void InstanceRefused(std::string_view calling_ae, std::string_view called_ae, std::string_view sop_instance,
                     unsigned status, const Error& error) {
  Write(kWarning, "instance-refused",
        {{"calling_ae", calling_ae},
         {"called_ae", called_ae},
         {"sop_instance", sop_instance},
         {"status", Hex(status)},
         {"error", error.code},
         {"detail", error.detail}});
}
void TextMisdeclared(std::string_view by, std::string_view sender, std::string_view how, std::uint64_t instances) {
  Write(kWarning, "text-misdeclared", {{"by", by}, {"sender", sender}, {"how", how}, {"instances", instances}});
}
void DicomToolkit(std::string_view message) {
  Write(kDebug, "dicom-toolkit", {{"message", message}});
}

void InstanceReceived(std::string_view instance, std::string_view calling_ae, std::string_view called_ae,
                      std::uint64_t bytes, std::string_view shipments) {
  Write(kInfo, "instance-received",
        {{"instance", instance},
         {"calling_ae", calling_ae},
         {"called_ae", called_ae},
         {"bytes", bytes},
         {"shipments", shipments}});
}
void InstanceHeld(std::string_view instance, std::string_view calling_ae, std::string_view called_ae) {
  Write(kAlarm, "instance-held", {{"instance", instance}, {"calling_ae", calling_ae}, {"called_ae", called_ae}});
}
void InstanceSkipped(std::string_view instance, std::string_view calling_ae, std::string_view called_ae,
                     std::string_view rule) {
  Write(kInfo, "instance-skipped",
        {{"instance", instance}, {"calling_ae", calling_ae}, {"called_ae", called_ae}, {"rule", rule}});
}
void ShipmentClosed(std::string_view shipment, std::string_view partner, std::size_t instances, std::size_t messages) {
  Write(kInfo, "shipment-closed",
        {{"shipment", shipment}, {"partner", partner}, {"instances", instances}, {"messages", messages}});
}
void ShipmentNeverQuiet(std::string_view shipment, std::string_view partner, std::size_t instances) {
  Write(kWarning, "shipment-never-quiet", {{"shipment", shipment}, {"partner", partner}, {"instances", instances}});
}
void ShipmentIncomplete(std::string_view shipment, std::string_view partner, std::size_t instances,
                        std::string_view by) {
  Write(kWarning, "shipment-incomplete",
        {{"shipment", shipment}, {"partner", partner}, {"instances", instances}, {"by", by}});
}
void ShipmentTooLarge(std::string_view shipment, std::string_view partner, std::size_t instances, std::uint64_t bytes,
                      bool held) {
  Write(kAlarm, "shipment-too-large",
        {{"shipment", shipment},
         {"partner", partner},
         {"instances", instances},
         {"bytes", bytes},
         {"held", held ? "yes" : "no"}});
}
void CountUnavailable(std::string_view pacs, const Error& error) {
  Write(kWarning, "count-unavailable", {{"pacs", pacs}, {"error", error.code}, {"detail", error.detail}});
}
void ArchiveCounted(std::string_view pacs, std::uint64_t instances) {
  Write(kDebug, "archive-counted", {{"pacs", pacs}, {"instances", instances}});
}
void CountAvailable(std::string_view pacs) {
  Write(kInfo, "count-available", {{"pacs", pacs}});
}
void ShipmentFellBack(std::string_view shipment, std::string_view partner, std::string_view fallback,
                      std::string_view to, std::string_view why, std::size_t instances) {
  Write(kWarning, "shipment-fell-back",
        {{"shipment", shipment},
         {"partner", partner},
         {"fallback", fallback},
         {"to", to},
         {"why", why},
         {"instances", instances}});
}
void MessageSealed(std::string_view message, std::string_view shipment, std::string_view partner, std::uint64_t bytes,
                   std::size_t fragments) {
  Write(
      kInfo, "message-sealed",
      {{"message", message}, {"shipment", shipment}, {"partner", partner}, {"bytes", bytes}, {"fragments", fragments}});
}
void MessageCut(std::string_view message, std::string_view partner, std::uint64_t limit, std::size_t fragments) {
  Write(kInfo, "message-cut", {{"message", message}, {"partner", partner}, {"limit", limit}, {"fragments", fragments}});
}
void MessageSent(std::string_view message, std::string_view shipment, std::string_view partner, std::uint64_t bytes,
                 std::string_view reply) {
  Write(kInfo, "message-sent",
        {{"message", message}, {"shipment", shipment}, {"partner", partner}, {"bytes", bytes}, {"reply", reply}});
}
void MessageDeferred(std::string_view message, std::string_view partner, const Error& error, unsigned tries,
                     std::int64_t retry_in_ms) {
  Write(kWarning, "message-deferred",
        {{"message", message},
         {"partner", partner},
         {"error", error.code},
         {"detail", error.detail},
         {"tries", tries},
         {"retry_in_ms", retry_in_ms}});
}
void MessageFailed(std::string_view message, std::string_view shipment, std::string_view partner, const Error& error) {
  Write(kAlarm, "message-failed",
        {{"message", message},
         {"shipment", shipment},
         {"partner", partner},
         {"error", error.code},
         {"detail", error.detail}});
}
void ShipmentSent(std::string_view shipment, std::string_view partner) {
  Write(kInfo, "shipment-sent", {{"shipment", shipment}, {"partner", partner}});
}
void ShipmentQueued(std::string_view shipment, std::string_view partner, std::size_t files) {
  Write(kInfo, "shipment-queued", {{"shipment", shipment}, {"partner", partner}, {"files", files}});
}
void ReceiptReceived(std::string_view mail, std::string_view message, std::string_view shipment,
                     std::string_view partner, std::string_view answer, std::string_view words) {
  Write(kInfo, "receipt-received",
        {{"mail", mail},
         {"message", message},
         {"shipment", shipment},
         {"partner", partner},
         {"answer", answer},
         {"words", words}});
}
void ShipmentDelivered(std::string_view shipment, std::string_view partner, std::string_view how) {
  Write(kInfo, "shipment-delivered", {{"shipment", shipment}, {"partner", partner}, {"how", how}});
}
void MessageResent(std::string_view message, std::string_view shipment, std::string_view partner,
                   std::string_view words) {
  Write(kWarning, "message-resent",
        {{"message", message}, {"shipment", shipment}, {"partner", partner}, {"words", words}});
}
void MessageRefused(std::string_view message, std::string_view shipment, std::string_view partner,
                    std::string_view words) {
  Write(kAlarm, "message-refused",
        {{"message", message}, {"shipment", shipment}, {"partner", partner}, {"words", words}});
}
void MessageBounced(std::string_view message, std::string_view shipment, std::string_view partner,
                    std::string_view words, std::int64_t messages, bool alarm) {
  Write(alarm ? kAlarm : kWarning, "message-bounced",
        {{"message", message}, {"shipment", shipment}, {"partner", partner}, {"words", words}, {"messages", messages}});
}
void PartnerReturnsMail(std::string_view partner, std::int64_t messages, std::string_view words,
                        std::int64_t retry_in_ms) {
  Write(kAlarm, "partner-returns-mail",
        {{"partner", partner}, {"messages", messages}, {"words", words}, {"retry_in_ms", retry_in_ms}});
}
void PartnerTakesMail(std::string_view partner) {
  Write(kInfo, "partner-takes-mail", {{"partner", partner}});
}
void MessageDelayed(std::string_view message, std::string_view shipment, std::string_view partner,
                    std::string_view words) {
  Write(kWarning, "message-delayed",
        {{"message", message}, {"shipment", shipment}, {"partner", partner}, {"words", words}});
}
void ReceiptsUnmatched(std::string_view partner, std::int64_t receipts) {
  Write(kAlarm, "receipts-unmatched",
        {{"partner", partner},
         {"receipts", receipts},
         {"cause",
          "they name Message-IDs that were never sent: a mail server on the way probably gives our mails others"},
         {"cure", "have that server keep the Message-ID, or send through another; until then see docs/operations.md"}});
}
void MessageIdRewritten(std::string_view partner) {
  Write(kWarning, "message-id-rewritten", {{"partner", partner}});
}
void ReceiptOverdue(std::string_view shipment, std::string_view partner, std::size_t messages) {
  Write(kAlarm, "receipt-overdue", {{"shipment", shipment}, {"partner", partner}, {"messages", messages}});
}
void SmtpUnavailable(std::string_view mailbox, const Error& error, std::int64_t retry_in_ms) {
  Write(kAlarm, "smtp-unavailable",
        {{"mailbox", mailbox}, {"error", error.code}, {"detail", error.detail}, {"retry_in_ms", retry_in_ms}});
}
void PartnerUnavailable(std::string_view partner, std::string_view mailbox, const Error& error,
                        std::int64_t retry_in_ms) {
  Write(kWarning, "partner-unavailable",
        {{"partner", partner},
         {"mailbox", mailbox},
         {"error", error.code},
         {"detail", error.detail},
         {"retry_in_ms", retry_in_ms}});
}

void MailboxConnected(std::string_view mailbox, bool idle) {
  Write(kInfo, "mailbox-connected", {{"mailbox", mailbox}, {"idle", idle ? "yes" : "no"}});
}
void MailboxUnavailable(std::string_view mailbox, const Error& error, std::int64_t retry_in_ms) {
  Write(kAlarm, "mailbox-unavailable",
        {{"mailbox", mailbox}, {"error", error.code}, {"detail", error.detail}, {"retry_in_ms", retry_in_ms}});
}
void FetchingPaused(std::string_view mailbox, const Error& error, std::int64_t retry_in_ms) {
  Write(kAlarm, "fetching-paused",
        {{"mailbox", mailbox}, {"error", error.code}, {"detail", error.detail}, {"retry_in_ms", retry_in_ms}});
}
void FetchingResumed(std::string_view mailbox) {
  Write(kInfo, "fetching-resumed", {{"mailbox", mailbox}});
}
void MailNotFetched(std::string_view mailbox, std::string_view uid, const Error& error) {
  Write(kAlarm, "mail-not-fetched",
        {{"mailbox", mailbox}, NumberOrText("uid", uid), {"error", error.code}, {"detail", error.detail}});
}
void IdleGivenUp(std::string_view mailbox, const Error& error) {
  Write(kWarning, "idle-given-up", {{"mailbox", mailbox}, {"error", error.code}, {"detail", error.detail}});
}
void MailboxShared(std::string_view mailbox, std::size_t mails) {
  Write(kAlarm, "mailbox-shared", {{"mailbox", mailbox}, {"mails", mails}});
}
void MailFetched(std::string_view mail, std::string_view mailbox, std::uint64_t bytes) {
  Write(kInfo, "mail-fetched", {{"mail", mail}, {"mailbox", mailbox}, {"bytes", bytes}});
}
void MailsFetched(std::string_view mailbox, std::uint64_t times) {
  Write(kInfo, "mails-fetched", {{"mailbox", mailbox}, {"times", times}});
}
void MailRemoved(std::string_view mail, std::string_view mailbox, std::string_view how) {
  Write(kDebug, "mail-removed", {{"mail", mail}, {"mailbox", mailbox}, {"how", how}});
}
void MailFragmentKept(std::string_view mail, std::string_view partner, unsigned number, unsigned total) {
  Write(kInfo, "mail-fragment-kept", {{"mail", mail}, {"partner", partner}, {"number", number}, {"total", total}});
}
void MailJoined(std::string_view mail, std::string_view partner, unsigned fragments) {
  Write(kInfo, "mail-joined", {{"mail", mail}, {"partner", partner}, {"fragments", fragments}});
}
void MailAccepted(std::string_view mail, std::string_view partner, std::size_t instances, std::size_t duplicates) {
  Write(kInfo, "mail-accepted",
        {{"mail", mail}, {"partner", partner}, {"instances", instances}, {"duplicates", duplicates}});
}
void MailQuarantined(std::string_view mail, std::string_view partner, const Error& reason, bool stranger) {
  Write(stranger ? kWarning : kAlarm, "mail-quarantined",
        {{"mail", mail}, {"partner", partner}, {"reason", reason.code}, {"detail", reason.detail}});
}
void MailsQuarantined(std::string_view mailbox, std::string_view reason, std::uint64_t times) {
  Write(kWarning, "mails-quarantined", {{"mailbox", mailbox}, {"reason", reason}, {"times", times}});
}
void StrangersQuarantined(std::size_t mails, std::size_t waiting) {
  Write(kAlarm, "strangers-quarantined", {{"mails", mails}, {"waiting", waiting}});
}
void JunkDropped(std::string_view partner, std::size_t mails, std::string_view why) {
  Write(kWarning, "junk-dropped", {{"partner", partner}, {"mails", mails}, {"why", why}});
}
void MailPutBack(std::string_view mail, std::string_view partner, const Error& reason) {
  Write(kInfo, "mail-put-back",
        {{"mail", mail}, {"partner", partner}, {"reason", reason.code}, {"detail", reason.detail}});
}
void MailSetAside(std::string_view mail, const Error& reason) {
  Write(kWarning, "mail-set-aside", {{"mail", mail}, {"reason", reason.code}, {"detail", reason.detail}});
}
void MailDeferred(std::string_view mail, const Error& error, unsigned tries, std::int64_t retry_in_ms) {
  Write(kWarning, "mail-deferred",
        {{"mail", mail},
         {"error", error.code},
         {"detail", error.detail},
         {"tries", tries},
         {"retry_in_ms", retry_in_ms}});
}
void InstanceAccepted(std::string_view instance, std::string_view mail, std::string_view partner, std::uint64_t bytes) {
  Write(kInfo, "instance-accepted", {{"instance", instance}, {"mail", mail}, {"partner", partner}, {"bytes", bytes}});
}
void InstanceUndeliverable(std::string_view instance, std::string_view partner) {
  Write(kAlarm, "instance-undeliverable", {{"instance", instance}, {"partner", partner}});
}
void InstanceConflict(std::string_view instance, std::string_view mail, std::string_view partner,
                      const InstanceChange& change) {
  WriteChange(kAlarm, "instance-conflict", instance, mail, partner, change);
}
void InstanceChanged(std::string_view instance, std::string_view mail, std::string_view partner,
                     const InstanceChange& change) {
  WriteChange(kWarning, "instance-changed", instance, mail, partner, change);
}
void InstanceRedelivered(std::string_view instance, std::string_view mail, std::string_view partner) {
  Write(kInfo, "instance-redelivered", {{"instance", instance}, {"mail", mail}, {"partner", partner}});
}
void DeliveryDone(std::string_view delivery, std::string_view instance, std::string_view pacs, unsigned status) {
  Write(status == 0 ? kInfo : kWarning, "delivery-done",
        {{"delivery", delivery}, {"instance", instance}, {"pacs", pacs}, {"status", Hex(status)}});
}
void DeliveryDeferred(std::string_view delivery, std::string_view pacs, const Error& error, unsigned tries,
                      std::int64_t retry_in_ms) {
  Write(kWarning, "delivery-deferred",
        {{"delivery", delivery},
         {"pacs", pacs},
         {"error", error.code},
         {"detail", error.detail},
         {"tries", tries},
         {"retry_in_ms", retry_in_ms}});
}
void DeliveryFailed(std::string_view delivery, std::string_view instance, std::string_view pacs, const Error& error) {
  Write(kAlarm, "delivery-failed",
        {{"delivery", delivery},
         {"instance", instance},
         {"pacs", pacs},
         {"error", error.code},
         {"detail", error.detail}});
}
void DeliveryFellBack(std::string_view delivery, std::string_view instance, std::string_view pacs, std::string_view to,
                      const Error& error, bool in_doubt) {
  Write(kWarning, "delivery-fell-back",
        {{"delivery", delivery},
         {"instance", instance},
         {"pacs", pacs},
         {"to", to},
         {"error", error.code},
         {"detail", error.detail},
         {"in_doubt", in_doubt ? "yes" : "no"}});
}
void NotCoded(std::string_view instance, std::string_view coding, std::string_view detail) {
  Write(kDebug, "not-coded", {{"instance", instance}, {"coding", coding}, {"detail", detail}});
}
void CodingDiffers(std::string_view instance, std::string_view coding, std::string_view detail) {
  Write(kAlarm, "coding-differs", {{"instance", instance}, {"coding", coding}, {"detail", detail}});
}
void CodingFailed(std::string_view instance, std::string_view coding, const Error& error) {
  Write(kWarning, "coding-failed",
        {{"instance", instance}, {"coding", coding}, {"error", error.code}, {"detail", error.detail}});
}
void PacsUnavailable(std::string_view pacs, const Error& error, std::int64_t retry_in_ms) {
  Write(kAlarm, "pacs-unavailable",
        {{"pacs", pacs}, {"error", error.code}, {"detail", error.detail}, {"retry_in_ms", retry_in_ms}});
}
void ReceiptSent(std::string_view receipt, std::string_view mail, std::string_view partner,
                 std::string_view disposition, std::string_view reply) {
  Write(kInfo, "receipt-sent",
        {{"receipt", receipt}, {"mail", mail}, {"partner", partner}, {"disposition", disposition}, {"reply", reply}});
}
void NullSenderRefused(std::string_view mailbox, const Error& error) {
  Write(kWarning, "null-sender-refused", {{"mailbox", mailbox}, {"error", error.code}, {"detail", error.detail}});
}
void ReceiptReturned(std::string_view mail, std::string_view receipt, std::string_view partner,
                     std::string_view words) {
  Write(kWarning, "receipt-returned", {{"mail", mail}, {"receipt", receipt}, {"partner", partner}, {"words", words}});
}
void ReceiptDeferred(std::string_view receipt, std::string_view mail, std::string_view partner, const Error& error,
                     unsigned tries, std::int64_t retry_in_ms) {
  Write(kWarning, "receipt-deferred",
        {{"receipt", receipt},
         {"mail", mail},
         {"partner", partner},
         {"error", error.code},
         {"detail", error.detail},
         {"tries", tries},
         {"retry_in_ms", retry_in_ms}});
}
void ReceiptFailed(std::string_view receipt, std::string_view mail, std::string_view partner, const Error& error) {
  Write(kAlarm, "receipt-failed",
        {{"receipt", receipt}, {"mail", mail}, {"partner", partner}, {"error", error.code}, {"detail", error.detail}});
}
void ReceiptWithheld(std::string_view mail, std::string_view partner, std::string_view reason) {
  Write(kWarning, "receipt-withheld", {{"mail", mail}, {"partner", partner}, {"reason", reason}});
}
void SetCompleted(std::string_view set, std::string_view partner, std::size_t parts) {
  Write(kInfo, "set-completed", {{"set", set}, {"partner", partner}, {"parts", parts}});
}
void SetOverdue(std::string_view set, std::string_view partner, std::size_t parts, std::size_t total) {
  Write(kAlarm, "set-overdue", {{"set", set}, {"partner", partner}, {"parts", parts}, {"total", total}});
}
void ServiceResultLate(std::string_view service, std::string_view shipment, std::string_view partner,
                       std::int64_t expected_within_ms) {
  Write(
      kAlarm, "service-result-late",
      {{"service", service}, {"shipment", shipment}, {"partner", partner}, {"expected_within_ms", expected_within_ms}});
}
void ServiceRequestFailed(std::string_view service, std::string_view shipment, std::string_view partner) {
  Write(kAlarm, "service-request-failed", {{"service", service}, {"shipment", shipment}, {"partner", partner}});
}
void ServiceResultReceived(std::string_view service, std::string_view instance, std::string_view shipments) {
  Write(kInfo, "service-result-received", {{"service", service}, {"instance", instance}, {"shipments", shipments}});
}
void FragmentsExpired(std::string_view partner, std::size_t mails, unsigned total) {
  Write(kAlarm, "fragments-expired", {{"partner", partner}, {"mails", mails}, {"total", total}});
}
void FragmentsDisplaced(std::string_view partner, std::size_t mails) {
  Write(kAlarm, "fragments-displaced", {{"partner", partner}, {"mails", mails}});
}
void DocumentReceived(std::string_view document, std::string_view mail, std::string_view partner, std::uint64_t bytes,
                      std::string_view type) {
  Write(kInfo, "document-received",
        {{"document", document}, {"mail", mail}, {"partner", partner}, {"bytes", bytes}, {"type", type}});
}
void DocumentConverted(std::string_view document, std::string_view instance, std::string_view partner) {
  Write(kInfo, "document-converted", {{"document", document}, {"instance", instance}, {"partner", partner}});
}
void DocumentFiled(std::string_view document, std::string_view partner) {
  Write(kInfo, "document-filed", {{"document", document}, {"partner", partner}});
}
void DocumentKept(std::string_view document, std::string_view partner, std::string_view type, const Error& why) {
  Write(kAlarm, "document-kept",
        {{"document", document}, {"partner", partner}, {"type", type}, {"error", why.code}, {"detail", why.detail}});
}
void DocumentDeferred(std::string_view document, std::string_view partner, const Error& error, unsigned tries,
                      std::int64_t retry_in_ms) {
  Write(kWarning, "document-deferred",
        {{"document", document},
         {"partner", partner},
         {"error", error.code},
         {"detail", error.detail},
         {"tries", tries},
         {"retry_in_ms", retry_in_ms}});
}
void DocumentQuarantined(std::string_view document, std::string_view partner, const Error& error) {
  Write(kAlarm, "document-quarantined",
        {{"document", document}, {"partner", partner}, {"error", error.code}, {"detail", error.detail}});
}
void OpenWorkerDied(std::string_view mail, std::string_view how) {
  Write(kAlarm, "open-worker-died", {{"mail", mail}, {"how", how}});
}
void LandlockMissing() {
  Write(kWarning, "landlock-missing", {});
}

void OperatorActed(std::string_view what, std::string_view item, std::string_view at, std::string_view by) {
  Write(kInfo, "operator-acted", {{"what", what}, {"item", item}, {"at", at}, {"by", by}});
}
void DestinationUnknown(std::string_view kind, std::string_view name, std::int64_t items) {
  Write(kAlarm, "destination-unknown", {{"kind", kind}, {"name", name}, {"items", items}});
}
void SpoolReclaimed(std::size_t files) {
  Write(kInfo, "spool-reclaimed", {{"files", files}});
}
void RowsForgotten(std::size_t items) {
  Write(kInfo, "rows-forgotten", {{"items", items}});
}
void OrphanRemoved(std::string_view file, std::uint64_t bytes, std::string_view how) {
  Write(kWarning, "orphan-removed", {{"file", file}, {"bytes", bytes}, {"how", how}});
}

}  // namespace gateway::events
