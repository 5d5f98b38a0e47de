#include "cli/show_text.h"

#include <array>
#include <cstdio>

#include "cli/words.h"

namespace gateway::cli {
namespace {

using ledger::DeliveryState;
using ledger::InstanceState;
using ledger::MessageState;
using ledger::ShipmentState;

Record Titled(std::string_view kind, ItemKind letter, std::int64_t id) {
  return {std::string(kind) + " " + Format(letter, id), {}, {}};
}

std::string PartOf(std::int64_t part, std::int64_t total) {
  return std::to_string(part) + " of " + std::to_string(total);
}

std::string HexStatus(std::int64_t status) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%04X", static_cast<unsigned>(status & 0xffff));
  return text.data();
}

void AddAttempts(Record& record, const ledger::Attempts& attempts, ItemId item) {
  if (attempts.tries > 0) Add(record, "tries", attempts.tries);
  Add(record, "next_try", attempts.next_try);
  Add(record, "error", TextOf(attempts.last_error, item));
}

void AddWaits(Record& record, const std::vector<ledger::Away>& waits_for) {
  for (const ledger::Away& away : waits_for) Add(record, "waits_for", TextOf(away));
}

void AddSet(Record& record, const std::optional<TelemedicineSet>& set) {
  if (set) Add(record, "set", set->id + ", part " + PartOf(set->part, set->total));
}

// Returns the name that a delivery, a message and a shipment give to the time at which they ended.
std::string EndOf(DeliveryState state) {
  return std::string(NameOf(state == DeliveryState::cancelled ? state : DeliveryState::stored));
}
std::string EndOf(MessageState state) {
  return std::string(NameOf(state == MessageState::cancelled ? state : MessageState::sent));
}
std::string EndOf(ShipmentState state) {
  if (state == ShipmentState::cancelled) return std::string(NameOf(state));
  const bool is_receipted = ledger::IsOneOf(state, ShipmentState::delivered, ShipmentState::warning);
  return std::string(NameOf(is_receipted ? ShipmentState::delivered : ShipmentState::sent));
}

Record Describe(const ledger::DeliveryDetails& delivery) {
  Record record = Titled("delivery", ItemKind::delivery, delivery.id);
  Add(record, "state", NameOf(delivery.state));
  AddId(record, "instance", ItemKind::instance, delivery.instance);
  Add(record, "pacs", delivery.pacs);
  Add(record, "created", std::optional(delivery.created));
  Add(record, EndOf(delivery.state), delivery.finished);
  if (delivery.holds) Add(record, "held_by", TextOf(*delivery.holds));
  if (delivery.status) Add(record, "status", HexStatus(*delivery.status));
  AddAttempts(record, delivery.attempts, {ItemKind::delivery, delivery.id});
  AddWaits(record, delivery.waits_for);
  return record;
}

Record Describe(const ledger::InstanceDetails::InShipment& shipment) {
  Record record = Titled("shipment", ItemKind::shipment, shipment.id);
  Add(record, "state", NameOf(shipment.state));
  Add(record, "partner", shipment.partner);
  if (shipment.message && shipment.message_state) {
    Add(record, "message",
        Format(ItemKind::message, *shipment.message) + ", " + std::string(NameOf(*shipment.message_state)));
  }
  return record;
}

void AddIdentity(Record& record, const ledger::InstanceDetails& instance) {
  Add(record, "bytes", instance.size);
  Add(record, "file", instance.spool_key);
  Add(record, "sop_class_uid", instance.sop_class_uid);
  Add(record, "sop_instance_uid", instance.sop_instance_uid);
  Add(record, "transfer_syntax_uid", instance.transfer_syntax_uid);
  Add(record, "study_instance_uid", instance.study_instance_uid);
  Add(record, "series_instance_uid", instance.series_instance_uid);
  Add(record, "dataset_sha256", instance.dataset_sha256);
}

Record Describe(const ledger::InstanceDetails& instance) {
  const bool outbound = instance.direction == ledger::Direction::outbound;
  Record record = Titled("instance", ItemKind::instance, instance.id);
  Add(record, "state", NameOf(instance.state));
  Add(record, "direction", NameOf(instance.direction));
  Add(record, "received", std::optional(instance.received));
  Add(record, "calling_ae", instance.calling_ae);
  Add(record, "called_ae", instance.called_ae);
  AddId(record, "mail", ItemKind::mail, instance.mail);
  Add(record, "partner", instance.partner);
  Add(record, "difference", instance.difference);
  Add(record, instance.state == InstanceState::dropped ? "dropped" : outbound ? "sent" : "stored", instance.finished);
  AddId(record, "document", ItemKind::document, instance.document);
  AddIdentity(record, instance);
  for (const auto& shipment : instance.shipments) record.children.push_back(Describe(shipment));
  for (const auto& delivery : instance.deliveries) record.children.push_back(Describe(delivery));
  return record;
}

Record Describe(const ledger::MessageDetails::Fragment& fragment) {
  Record record{"fragment " + PartOf(fragment.number, fragment.total), {}, {}};
  Add(record, "state", NameOf(fragment.state));
  Add(record, "bytes", fragment.size);
  Add(record, "message_id", fragment.message_id);
  Add(record, "sent", fragment.sent);
  Add(record, "reply", fragment.reply);
  return record;
}

void AddMailing(Record& record, const ledger::MessageDetails& message) {
  Add(record, "sealed", message.sealed);
  if (message.size > 0) Add(record, "bytes", message.size);
  Add(record, "message_id", message.message_id);
  Add(record, "partial_id", message.partial_id);
  Add(record, EndOf(message.state), message.finished);
  Add(record, "reply", message.reply);
  if (message.holds) Add(record, "held_by", TextOf(*message.holds));
  Add(record, "receipt_asked", NameOf(message.receipt_asked));
  Add(record, "answered", message.answered);
  Add(record, "answer", message.answer);
  if (message.resends > 0) Add(record, "resends", message.resends);
}

Record Describe(const ledger::MessageDetails& message) {
  Record record = Titled("message", ItemKind::message, message.id);
  Add(record, "state", NameOf(message.state));
  AddId(record, "shipment", ItemKind::shipment, message.shipment);
  Add(record, "part", PartOf(message.part, message.total));
  Add(record, "partner", message.partner);
  Add(record, "mailbox", message.mailbox);
  Add(record, "priority", NameOf(message.priority));
  Add(record, "created", std::optional(message.created));
  AddMailing(record, message);
  Add(record, "window_opens", message.window_opens);
  AddAttempts(record, message.attempts, {ItemKind::message, message.id});
  AddWaits(record, message.waits_for);
  AddIds(record, "instances", ItemKind::instance, message.instances);
  AddIds(record, "documents", ItemKind::document, message.documents);
  for (const auto& fragment : message.fragments) record.children.push_back(Describe(fragment));
  return record;
}

void AddCounts(Record& record, const ledger::ShipmentDetails& shipment) {
  const ledger::MessageCounts& counts = shipment.messages_by_state;
  Add(record, "instances", shipment.instances);
  if (shipment.documents > 0) Add(record, "documents", shipment.documents);
  Add(record, "messages", counts.total);
  Add(record, "messages_sent", counts.sent);
  Add(record, "messages_delivered", counts.delivered);
  for (const auto& [name, count] :
       {std::pair("messages_warning", counts.warned), std::pair("messages_overdue", counts.overdue),
        std::pair("messages_refused", counts.refused), std::pair("messages_bounced", counts.bounced),
        std::pair("messages_cancelled", counts.cancelled)}) {
    if (count > 0) Add(record, name, count);
  }
  Add(record, "messages_failed", counts.failed);
  Add(record, "files_received", shipment.instances + shipment.documents);
  Add(record, "files_mailed", shipment.files_mailed);
  Add(record, "files_receipted", shipment.files_receipted);
  Add(record, "files_stored", shipment.files_stored);
  Add(record, "missing_parts", TextOf(shipment.missing_parts));
}

Record Describe(const ledger::ShipmentDetails& shipment) {
  Record record = Titled("shipment", ItemKind::shipment, shipment.id);
  Add(record, "state", NameOf(shipment.state));
  Add(record, "partner", shipment.partner);
  Add(record, "mailbox", shipment.mailbox);
  Add(record, "rule", shipment.rule);
  Add(record, "priority", NameOf(shipment.priority));
  Add(record, "release", NameOf(shipment.bundling));
  Add(record, "set_id", shipment.set_id);
  Add(record, "study_instance_uid", shipment.study_instance_uid);
  Add(record, "created", std::optional(shipment.created));
  Add(record, "last_instance", std::optional(shipment.last_instance));
  Add(record, "closed", shipment.closed);
  Add(record, "window_opens", shipment.window_opens);
  AddId(record, "fallback_of", ItemKind::shipment, shipment.fallback_of);
  AddIds(record, "fallbacks", ItemKind::shipment, shipment.fallbacks);
  Add(record, "held_by", TextOf(shipment.holds));
  Add(record, EndOf(shipment.state), shipment.finished);
  AddWaits(record, shipment.waits_for);
  AddCounts(record, shipment);
  for (const auto& message : shipment.messages) record.children.push_back(Describe(message));
  return record;
}

Record Describe(const ledger::MailDetails::BroughtInstance& instance) {
  Record record = Titled("instance", ItemKind::instance, instance.id);
  Add(record, "state", NameOf(instance.state));
  for (const auto& delivery : instance.deliveries) record.children.push_back(Describe(delivery));
  return record;
}

Record Describe(const ledger::MailDetails::BroughtDocument& document) {
  Record record = Titled("document", ItemKind::document, document.id);
  Add(record, "state", NameOf(document.state));
  return record;
}

Record Describe(const ledger::MailDetails::Fragment& fragment) {
  Record record = Titled("mail", ItemKind::mail, fragment.mail);
  Add(record, "state", NameOf(fragment.state));
  Add(record, "fragment", fragment.number);
  Add(record, "bytes", fragment.size);
  return record;
}

void AddAsFragment(Record& record, const ledger::MailDetails::AsFragment& as_fragment) {
  Add(record, "partial_id", as_fragment.id);
  Add(record, "fragment",
      as_fragment.total == 0 ? std::to_string(as_fragment.number) : PartOf(as_fragment.number, as_fragment.total));
  if (as_fragment.duplicate) Add(record, "duplicate", "yes");
  AddId(record, "joined_into", ItemKind::mail, as_fragment.joined_into);
}

Record Describe(const ledger::MailDetails& mail) {
  Record record = Titled("mail", ItemKind::mail, mail.id);
  Add(record, "state", NameOf(mail.state));
  Add(record, "mailbox", mail.mailbox);
  Add(record, "bytes", mail.size);
  Add(record, "file", mail.spool_key);
  Add(record, "fetched", std::optional(mail.fetched));
  Add(record, "finished", mail.finished);
  Add(record, "on_server", mail.on_server ? "yes" : "no");
  Add(record, "sender", mail.sender);
  Add(record, "partner", mail.partner);
  Add(record, "message_id", mail.message_id);
  Add(record, "signer", mail.signer);
  AddSet(record, mail.set);
  AddIds(record, "received_set", ItemKind::set, mail.received_sets);
  AddAttempts(record, mail.attempts, {ItemKind::mail, mail.id});
  if (mail.as_fragment) AddAsFragment(record, *mail.as_fragment);
  AddId(record, "reports_on", ItemKind::message, mail.reports_on);
  AddIds(record, "duplicates", ItemKind::instance, mail.duplicates);
  AddIds(record, "receipt", ItemKind::receipt, mail.receipts);
  for (const auto& instance : mail.instances) record.children.push_back(Describe(instance));
  for (const auto& document : mail.documents) record.children.push_back(Describe(document));
  for (const auto& fragment : mail.fragments) record.children.push_back(Describe(fragment));
  return record;
}

Record Describe(const ledger::ReceiptDetails& receipt) {
  Record record = Titled("receipt", ItemKind::receipt, receipt.id);
  Add(record, "state", NameOf(receipt.state));
  AddId(record, "mail", ItemKind::mail, receipt.mail);
  Add(record, "partner", receipt.partner);
  Add(record, "mailbox", receipt.mailbox);
  Add(record, "kind", NameOf(receipt.kind));
  Add(record, "disposition", receipt.disposition ? NameOf(*receipt.disposition) : "");
  Add(record, "created", std::optional(receipt.created));
  Add(record, "sent", receipt.finished);
  Add(record, "message_id", receipt.message_id);
  Add(record, "original_message_id", receipt.original_message_id);
  AddSet(record, receipt.set);
  Add(record, "reply", receipt.reply);
  AddAttempts(record, receipt.attempts, {ItemKind::receipt, receipt.id});
  AddWaits(record, receipt.waits_for);
  return record;
}

Record Describe(const ledger::SetDetails::Part& part) {
  Record record{"part " + std::to_string(part.number), {}, {}};
  AddId(record, "mail", ItemKind::mail, part.mail);
  Add(record, "state", NameOf(part.mail_state));
  Add(record, "fetched", std::optional(part.fetched));
  return record;
}

Record Describe(const ledger::SetDetails& set) {
  Record record = Titled("set", ItemKind::set, set.id);
  Add(record, "state", NameOf(set.state));
  Add(record, "partner", set.partner);
  Add(record, "set_id", set.set_id);
  Add(record, "study_instance_uid", set.study_instance_uid);
  Add(record, "created", std::optional(set.created));
  Add(record, "last_part", std::optional(set.last_part));
  Add(record, "completed", set.finished);
  Add(record, "parts_received", PartOf(set.parts_received, set.total));
  Add(record, "parts_stored", PartOf(set.parts_stored, set.total));
  Add(record, "missing_parts", TextOf(set.missing_parts));
  for (const auto& [state, count] : set.instances) Add(record, "instances_" + std::string(NameOf(state)), count);
  for (const auto& [state, count] : set.documents) Add(record, "documents_" + std::string(NameOf(state)), count);
  for (const auto& part : set.parts) record.children.push_back(Describe(part));
  return record;
}

Record Describe(const ledger::DocumentDetails& document) {
  Record record = Titled("document", ItemKind::document, document.id);
  Add(record, "state", NameOf(document.state));
  Add(record, "direction", NameOf(document.direction));
  Add(record, "partner", document.partner);
  AddId(record, "mail", ItemKind::mail, document.mail);
  AddId(record, "shipment", ItemKind::shipment, document.shipment);
  AddId(record, "message", ItemKind::message, document.message);
  AddId(record, "instance", ItemKind::instance, document.instance);
  Add(record, "set_id", document.set_id);
  Add(record, "content_type", document.content_type);
  Add(record, "bytes", document.size);
  Add(record, "file", document.spool_key);
  Add(record, "sha256", document.sha256);
  Add(record, "received", std::optional(document.received));
  Add(record, "waits_until", document.waits_until);
  Add(record, document.direction == ledger::Direction::outbound ? "sent" : "finished", document.finished);
  AddAttempts(record, document.attempts, {ItemKind::document, document.id});
  return record;
}

}  // namespace

Record RecordOf(const ledger::ItemDetails& details) {
  return std::visit([](const auto& item) { return Describe(item); }, details);
}

}  // namespace gateway::cli
