// Each event that the gateway can log is one function here, with one stable id. An event is one
// line: time, level, id and key=value pairs (or one JSON object). Ids are never renamed.
// docs/events.md lists all of them, and the ctest `event_ids` compares the two. An event is logged
// once, where the decision is made. No level ever contains patient data: no name, no DICOM UID, no
// description. Items are named by their ledger ids (I7, S3, M5, R9, T6, D2, A5, N8). Thread-safe
// once OpenLog() has returned.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/result.h"
#include "gateway/settings/log.h"

namespace gateway {

// Directs all events to the log of `settings`. Before that, they go to standard output at level
// info. Error: transient "log-unusable", and those of CheckLogFile().
Result<void> OpenLog(const LogSettings& settings);
// Returns an error if no log can be appended to `file`: config "log-unusable" for a directory, a
// socket, a FIFO that nobody reads, whose opening would wait for ever, and a path that can never be
// one. Transient "log-unusable" if a file stands where a directory is needed. A missing file is
// good. "-" is standard output.
Result<void> CheckLogFile(const std::string& file);
// Opens the file anew after logrotate has moved it away (SIGHUP).
void ReopenLog();
void FlushLog();
// Returns the text that goes before a line about an error on standard error: "<3>" for the journal,
// otherwise nothing.
std::string_view ErrorPrefix();

namespace events {

// -- the daemon
void GatewayStarted(std::string_view name, std::string_view version);
// The ledger is brought from one version of its schema to a later one, and then it was.
void LedgerUpgrading(std::int64_t from, std::int64_t to, std::string_view copy);
void LedgerUpgraded(std::int64_t to);
void GatewayReady(std::string_view dicom_address, std::size_t partners, std::size_t mailboxes);
void GatewayNotStarted(const Error& error);
void GatewayStopping(std::string_view signal);
void GatewayStopped();
void ThreadFailed(std::string_view thread, std::string_view what);  // an exception that nothing else caught
void LedgerFailed(std::string_view operation, const Error& error);
void SpoolFailed(std::string_view operation, std::string_view file, const Error& error);  // alarm
void LogNotReopened(const Error& error);
void LogReopened(std::string_view signal, std::string_view detail);
void SignalIgnored(std::string_view signal);
void PathUnavailable(std::string_view detail);  // alarm: a directory of the configuration is away
void StateDirectoryUnsafe(std::string_view path, std::string_view detail);  // a place where everything may be lost
void StateDirectoryMended(std::string_view path, std::string_view detail);
void KeyUnusable(std::string_view whose, const Error& why);  // alarm
void KeyExpires(std::string_view whose, std::string_view at, std::int64_t days_left);
void DiskLow(std::uint64_t free_bytes, std::uint64_t needed_bytes);
void DiskRecovered(std::uint64_t free_bytes);
void ClockJumped(std::int64_t by_ms, std::size_t items);  // items: had times too far ahead, now set to the present

// -- dicom, as SCP
void AssociationAccepted(std::string_view calling_ae, std::string_view called_ae, std::string_view host);
void AssociationRejected(std::string_view calling_ae, std::string_view called_ae, std::string_view host,
                         std::string_view reason, std::string_view detail = {});
// Says how often the same happened again since the last line about it.
void AssociationsRejected(std::string_view calling_ae, std::string_view called_ae, std::string_view host,
                          std::string_view reason, std::uint64_t times);
// Says how an association ended: released, aborted, timed-out, ... It is a warning with `broken`:
// the peer broke the protocol, or an instance was under way. `sop_instance` names that instance.
void AssociationEnded(std::string_view calling_ae, std::string_view host, std::uint64_t instances, std::string_view how,
                      bool broken = false, std::string_view sop_instance = {}, std::string_view detail = {});
// The host is a name of dicom.callers. `kept` is the number of addresses that it had last, and
// keeps.
void CallerUnresolved(std::string_view host, const Error& error, std::size_t kept);  // alarm
void CallerResolved(std::string_view host, std::string_view addresses);
// The instance has no id of ours, so both sides know it by its SOP Instance UID only.
void InstanceRefused(std::string_view calling_ae, std::string_view called_ae, std::string_view sop_instance,
                     unsigned status, const Error& error);
// `instances` counts those since the last line about this sender. `by` is "dicom" or "mail".
void TextMisdeclared(std::string_view by, std::string_view sender, std::string_view how, std::uint64_t instances);
void DicomToolkit(std::string_view message);  // DCMTK's own warnings and errors, when switched on

// -- outbound
void InstanceReceived(std::string_view instance, std::string_view calling_ae, std::string_view called_ae,
                      std::uint64_t bytes, std::string_view shipments);
void InstanceHeld(std::string_view instance, std::string_view calling_ae, std::string_view called_ae);  // alarm
// A rule with `skip` matched, and no rule before it named a partner.
void InstanceSkipped(std::string_view instance, std::string_view calling_ae, std::string_view called_ae,
                     std::string_view rule);
void ShipmentClosed(std::string_view shipment, std::string_view partner, std::size_t instances, std::size_t messages);
// The shipment was closed by dicom.longest_wait, because instances kept coming.
void ShipmentNeverQuiet(std::string_view shipment, std::string_view partner, std::size_t instances);
// The study was not complete as its rule says for complete.at_most. `by` is the rule's way.
void ShipmentIncomplete(std::string_view shipment, std::string_view partner, std::size_t instances,
                        std::string_view by);
// The shipment is larger than largest_study of its rule. `held`: it waits for a person.
void ShipmentTooLarge(std::string_view shipment, std::string_view partner, std::size_t instances, std::uint64_t bytes,
                      bool held);  // alarm
// The PACS does not say how many instances a study has, so studies wait for the quiet period.
void CountUnavailable(std::string_view pacs, const Error& error);
void CountAvailable(std::string_view pacs);
// `instances`: how many of the study or series the PACS has.
void ArchiveCounted(std::string_view pacs, std::uint64_t instances);
// The shipment's study also goes to `to`. `fallback` is the new shipment; empty: `to` gets all of
// it anyway. `why` is the shipment's state, or "no-answer".
void ShipmentFellBack(std::string_view shipment, std::string_view partner, std::string_view fallback,
                      std::string_view to, std::string_view why, std::size_t instances);
void MessageSealed(std::string_view message, std::string_view shipment, std::string_view partner, std::uint64_t bytes,
                   std::size_t fragments);
void MessageCut(std::string_view message, std::string_view partner, std::uint64_t limit, std::size_t fragments);
void MessageSent(std::string_view message, std::string_view shipment, std::string_view partner, std::uint64_t bytes,
                 std::string_view reply);
void MessageDeferred(std::string_view message, std::string_view partner, const Error& error, unsigned tries,
                     std::int64_t retry_in_ms);
void MessageFailed(std::string_view message, std::string_view shipment, std::string_view partner,
                   const Error& error);  // alarm
void ShipmentSent(std::string_view shipment, std::string_view partner);
void ShipmentQueued(std::string_view shipment, std::string_view partner, std::size_t files);
void ReceiptReceived(std::string_view mail, std::string_view message, std::string_view shipment,
                     std::string_view partner, std::string_view answer, std::string_view words);
void ShipmentDelivered(std::string_view shipment, std::string_view partner, std::string_view how);
void MessageResent(std::string_view message, std::string_view shipment, std::string_view partner,
                   std::string_view words);
void MessageRefused(std::string_view message, std::string_view shipment, std::string_view partner,
                    std::string_view words);  // alarm
// `messages` counts those of the shipment that came back. The first, the tenth, the hundredth and
// so on are alarms.
void MessageBounced(std::string_view message, std::string_view shipment, std::string_view partner,
                    std::string_view words, std::int64_t messages, bool alarm);
// The partner's mails come back for a reason that may pass, so they are sent again.
void PartnerReturnsMail(std::string_view partner, std::int64_t messages, std::string_view words,
                        std::int64_t retry_in_ms);  // alarm
void PartnerTakesMail(std::string_view partner);
void MessageDelayed(std::string_view message, std::string_view shipment, std::string_view partner,
                    std::string_view words);
// No receipt of the partner names a message that was sent, because a mail server on the way changes
// the Message-ID.
void ReceiptsUnmatched(std::string_view partner, std::int64_t receipts);  // alarm
void MessageIdRewritten(std::string_view partner);
void ReceiptOverdue(std::string_view shipment, std::string_view partner, std::size_t messages);  // alarm
void SmtpUnavailable(std::string_view mailbox, const Error& error, std::int64_t retry_in_ms);
void PartnerUnavailable(std::string_view partner, std::string_view mailbox, const Error& error,
                        std::int64_t retry_in_ms);

// -- inbound
void MailboxConnected(std::string_view mailbox, bool idle);
void MailboxUnavailable(std::string_view mailbox, const Error& error, std::int64_t retry_in_ms);
// The gateway's own disk or ledger fails, not the server.
void FetchingPaused(std::string_view mailbox, const Error& error, std::int64_t retry_in_ms);  // alarm
void FetchingResumed(std::string_view mailbox);
// `uid` names the mail on its server.
void MailNotFetched(std::string_view mailbox, std::string_view uid, const Error& error);  // alarm
// The server allows no second connection for IDLE.
void IdleGivenUp(std::string_view mailbox, const Error& error);
void MailboxShared(std::string_view mailbox, std::size_t mails);  // somebody else fetches from it: alarm
void MailFetched(std::string_view mail, std::string_view mailbox, std::uint64_t bytes);
// Counts further mails in the name of no partner since the last line about them.
void MailsFetched(std::string_view mailbox, std::uint64_t times);
void MailRemoved(std::string_view mail, std::string_view mailbox, std::string_view how);
void MailFragmentKept(std::string_view mail, std::string_view partner, unsigned number, unsigned total);
void MailJoined(std::string_view mail, std::string_view partner, unsigned fragments);
void MailAccepted(std::string_view mail, std::string_view partner, std::size_t instances, std::size_t duplicates);
// This is an alarm, or a warning if the mail is a stranger's.
void MailQuarantined(std::string_view mail, std::string_view partner, const Error& reason, bool stranger);
// Counts further mails of people who are no partners, for the same reason, since the last line
// about them.
void MailsQuarantined(std::string_view mailbox, std::string_view reason, std::uint64_t times);
void StrangersQuarantined(std::size_t mails, std::size_t waiting);  // alarm
void JunkDropped(std::string_view partner, std::size_t mails, std::string_view why);
// Other mails are opened before this one. Either it takes long, or the gateway does not believe its
// sender that it is urgent.
void MailPutBack(std::string_view mail, std::string_view partner, const Error& reason);
void MailSetAside(std::string_view mail, const Error& reason);
void MailDeferred(std::string_view mail, const Error& error, unsigned tries, std::int64_t retry_in_ms);
void InstanceAccepted(std::string_view instance, std::string_view mail, std::string_view partner, std::uint64_t bytes);
void InstanceUndeliverable(std::string_view instance, std::string_view partner);  // no inbound route: alarm
// Says how an instance differs from an earlier one with the same SOP Instance UID.
struct InstanceChange {
  std::string earlier;          // I5
  std::string earlier_partner;  // empty: our own PACS sent it to us
  std::string difference;       // in words
};
void InstanceConflict(std::string_view instance, std::string_view mail, std::string_view partner,
                      const InstanceChange& change);  // alarm
void InstanceChanged(std::string_view instance, std::string_view mail, std::string_view partner,
                     const InstanceChange& change);
void InstanceRedelivered(std::string_view instance, std::string_view mail, std::string_view partner);
void DeliveryDone(std::string_view delivery, std::string_view instance, std::string_view pacs, unsigned status);
void DeliveryDeferred(std::string_view delivery, std::string_view pacs, const Error& error, unsigned tries,
                      std::int64_t retry_in_ms);
void DeliveryFailed(std::string_view delivery, std::string_view instance, std::string_view pacs,
                    const Error& error);  // alarm
// Its PACS does not take the instance, so it goes to `to`, in place of that PACS. `in_doubt`: its
// PACS may have it all the same.
void DeliveryFellBack(std::string_view delivery, std::string_view instance, std::string_view pacs, std::string_view to,
                      const Error& error, bool in_doubt);
void NotCoded(std::string_view instance, std::string_view coding, std::string_view detail);
void CodingDiffers(std::string_view instance, std::string_view coding, std::string_view detail);  // alarm
void CodingFailed(std::string_view instance, std::string_view coding, const Error& error);
void PacsUnavailable(std::string_view pacs, const Error& error, std::int64_t retry_in_ms);
void ReceiptSent(std::string_view receipt, std::string_view mail, std::string_view partner,
                 std::string_view disposition, std::string_view reply);
void NullSenderRefused(std::string_view mailbox, const Error& error);
void ReceiptReturned(std::string_view mail, std::string_view receipt, std::string_view partner, std::string_view words);
void ReceiptDeferred(std::string_view receipt, std::string_view mail, std::string_view partner, const Error& error,
                     unsigned tries, std::int64_t retry_in_ms);
void ReceiptFailed(std::string_view receipt, std::string_view mail, std::string_view partner,
                   const Error& error);  // alarm
void ReceiptWithheld(std::string_view mail, std::string_view partner, std::string_view reason);
void SetCompleted(std::string_view set, std::string_view partner, std::size_t parts);
void SetOverdue(std::string_view set, std::string_view partner, std::size_t parts, std::size_t total);  // alarm
// A service's result did not come in time. Once for each request.
void ServiceResultLate(std::string_view service, std::string_view shipment, std::string_view partner,
                       std::int64_t expected_within_ms);  // alarm
// The shipment that is a request to the service failed, came back or was refused.
void ServiceRequestFailed(std::string_view service, std::string_view shipment, std::string_view partner);  // alarm
// An instance came as a result. `shipments`: the requests that it answers.
void ServiceResultReceived(std::string_view service, std::string_view instance, std::string_view shipments);
void FragmentsExpired(std::string_view partner, std::size_t mails, unsigned total);  // alarm
// More fragments waited in the partner's name than reception.fragments allows.
void FragmentsDisplaced(std::string_view partner, std::size_t mails);  // alarm
void DocumentReceived(std::string_view document, std::string_view mail, std::string_view partner, std::uint64_t bytes,
                      std::string_view type);
void DocumentConverted(std::string_view document, std::string_view instance, std::string_view partner);
void DocumentFiled(std::string_view document, std::string_view partner);
void DocumentKept(std::string_view document, std::string_view partner, std::string_view type, const Error& why);
void DocumentDeferred(std::string_view document, std::string_view partner, const Error& error, unsigned tries,
                      std::int64_t retry_in_ms);
void DocumentQuarantined(std::string_view document, std::string_view partner, const Error& error);  // alarm
void OpenWorkerDied(std::string_view mail, std::string_view how);
void LandlockMissing();

// -- operators and housekeeping
void OperatorActed(std::string_view what, std::string_view item, std::string_view at, std::string_view by);
void DestinationUnknown(std::string_view kind, std::string_view name, std::int64_t items);  // alarm
void SpoolReclaimed(std::size_t files);
void RowsForgotten(std::size_t items);
void OrphanRemoved(std::string_view file, std::uint64_t bytes, std::string_view how);  // how: put-aside, or removed

}  // namespace events
}  // namespace gateway
