// `show`: one item with all that hangs on it.
#include <algorithm>
#include <array>

#include "base/time_text.h"
#include "ledger/database_impl.h"
#include "ledger/operator_ledger.h"
#include "ledger/operator_text.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kMaxChildren = 1000;

void Add(Record& record, std::string name, std::string_view value) {
  if (!value.empty()) record.fields.emplace_back(std::move(name), Printable(value));
}
void Add(Record& record, std::string name, std::int64_t value) {
  record.fields.emplace_back(std::move(name), std::to_string(value));
}
void Add(Record& record, std::string name, const std::optional<Time>& time) {
  if (time) record.fields.emplace_back(std::move(name), FormatTime(*time));
}

std::string JoinIds(ItemKind kind, const std::vector<std::int64_t>& ids) {
  std::string text;
  for (const std::int64_t id : ids) text += (text.empty() ? "" : ", ") + Format(kind, id);
  return text;
}

std::string HexStatus(std::int64_t status) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%04X", static_cast<unsigned>(status & 0xffff));
  return text.data();
}

// Tries and the last error, of messages, mails and deliveries alike.
void AddTrouble(Record& record, std::int64_t tries, Time next_try, std::string_view code, std::string_view detail) {
  if (tries > 0) Add(record, "tries", tries);
  if (next_try > Time{}) Add(record, "next_try", std::optional(next_try));
  Add(record, "error", Reason(code, detail));
}

void AddFragments(Session& session, std::int64_t message, Record& record) {
  for (const auto& [number, total, state, sent, length, message_id, reply] :
       session
           .Rows<std::int64_t, std::int64_t, std::string, std::optional<Time>, std::int64_t, std::string, std::string>(
               "SELECT number, total, state, sent, range_length, message_id, reply "
               "FROM message_fragment WHERE message = :id ORDER BY number LIMIT :limit",
               message, kMaxChildren)) {
    Record fragment{"fragment " + std::to_string(number) + " of " + std::to_string(total), {}, {}};
    Add(fragment, "state", state);
    Add(fragment, "bytes", length);
    Add(fragment, "message_id", message_id);
    Add(fragment, "sent", sent);
    Add(fragment, "reply", reply);
    record.children.push_back(std::move(fragment));
  }
}

std::optional<Record> ShowMessage(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, std::int64_t, std::string, std::string, Priority, std::int64_t,
                               std::int64_t, Time, std::int64_t, Time, std::string, std::string>(
      "SELECT message.state, shipment, message.partner, message.mailbox, message.priority, part, message_total, "
      "message.created, tries, next_try, error_code, error_detail FROM message JOIN shipment ON shipment.id = shipment "
      "WHERE message.id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, shipment, partner, mailbox, priority, part, total, created, tries, next_try, code, detail] = *row;
  Record record{"message " + Format(ItemKind::message, id), {}, {}};
  Add(record, "state", state);
  Add(record, "shipment", Format(ItemKind::shipment, shipment));
  Add(record, "part", std::to_string(part) + " of " + std::to_string(total));
  Add(record, "partner", partner);
  Add(record, "mailbox", mailbox);
  Add(record, "priority", NameOf(priority));
  Add(record, "created", std::optional(created));
  const auto [size, message_id, date, partial_id, sent, reply] =
      *session.Row<std::int64_t, std::string, std::optional<Time>, std::string, std::optional<Time>, std::string>(
          "SELECT size, message_id, date, partial_id, finished, reply FROM message WHERE id = :id", id);
  Add(record, "sealed", date);
  if (size > 0) Add(record, "bytes", size);
  Add(record, "message_id", message_id);
  Add(record, "partial_id", partial_id);
  Add(record, "sent", sent);
  Add(record, "reply", reply);
  AddTrouble(record, tries, next_try, code, detail);
  const auto instances = session.Column1<std::int64_t>(
      "SELECT instance FROM shipment_instance WHERE message = :id ORDER BY position LIMIT :limit", id, kMaxChildren);
  Add(record, "instances", JoinIds(ItemKind::instance, instances));
  AddFragments(session, id, record);
  return record;
}

std::optional<Record> ShowShipment(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, std::string, std::string, std::string, Priority, std::string, std::string,
                               Time, Time, std::optional<Time>, std::optional<Time>, std::int64_t, std::int64_t,
                               std::int64_t, std::int64_t>(
      "SELECT state, partner, mailbox, rule, priority, release_mode, set_id, created, last_instance, closed, finished, "
      "instance_count, message_total, messages_sent, messages_failed FROM shipment WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, partner, mailbox, rule, priority, release, set_id, created, last, closed, finished, instances,
               total, sent, failed] = *row;
  Record record{"shipment " + Format(ItemKind::shipment, id), {}, {}};
  Add(record, "state", state);
  Add(record, "partner", partner);
  Add(record, "mailbox", mailbox);
  Add(record, "rule", rule);
  Add(record, "priority", NameOf(priority));
  Add(record, "release", release);
  Add(record, "set_id", set_id);
  Add(record, "created", std::optional(created));
  Add(record, "last_instance", std::optional(last));
  Add(record, "closed", closed);
  Add(record, "sent", finished);
  Add(record, "instances", instances);
  Add(record, "messages", total);
  Add(record, "messages_sent", sent);
  Add(record, "messages_failed", failed);
  const auto messages = session.Column1<std::int64_t>(
      "SELECT id FROM message WHERE shipment = :id ORDER BY part LIMIT :limit", id, kMaxChildren);
  for (const std::int64_t message : messages) record.children.push_back(*ShowMessage(session, message));
  return record;
}

std::optional<Record> ShowDelivery(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, std::int64_t, std::string, Time, std::int64_t, Time, std::string,
                               std::string, std::optional<std::int64_t>, std::optional<Time>>(
      "SELECT state, instance, pacs, created, tries, next_try, error_code, error_detail, status, finished "
      "FROM delivery WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, instance, pacs, created, tries, next_try, code, detail, status, stored] = *row;
  Record record{"delivery " + Format(ItemKind::delivery, id), {}, {}};
  Add(record, "state", state);
  Add(record, "instance", Format(ItemKind::instance, instance));
  Add(record, "pacs", pacs);
  Add(record, "created", std::optional(created));
  Add(record, "stored", stored);
  if (status) Add(record, "status", HexStatus(*status));
  AddTrouble(record, tries, next_try, code, detail);
  return record;
}

void AddDeliveries(Session& session, std::int64_t instance, Record& record) {
  for (const std::int64_t id :
       session.Column1<std::int64_t>("SELECT id FROM delivery WHERE instance = :id ORDER BY id", instance)) {
    record.children.push_back(*ShowDelivery(session, id));
  }
}

void AddShipments(Session& session, std::int64_t instance, Record& record) {
  for (const auto& [id, state, partner, message, message_state] :
       session.Rows<std::int64_t, std::string, std::string, std::optional<std::int64_t>, std::string>(
           "SELECT shipment.id, shipment.state, shipment.partner, message.id, message.state FROM shipment_instance "
           "JOIN shipment ON shipment.id = shipment_instance.shipment LEFT JOIN message ON message.id = "
           "shipment_instance.message WHERE shipment_instance.instance = :id ORDER BY shipment.id",
           instance)) {
    Record child{"shipment " + Format(ItemKind::shipment, id), {}, {}};
    Add(child, "state", state);
    Add(child, "partner", partner);
    if (message) Add(child, "message", Format(ItemKind::message, *message) + ", " + message_state);
    record.children.push_back(std::move(child));
  }
}

void AddIdentity(Session& session, std::int64_t instance, Record& record) {
  const auto [sop_class, sop_instance, syntax, study, series, sha256, size, key] =
      *session.Row<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t,
                   std::string>(
          "SELECT sop_class_uid, sop_instance_uid, transfer_syntax_uid, study_instance_uid, series_instance_uid, "
          "dataset_sha256, file_size, spool_key FROM instance WHERE id = :id",
          instance);
  Add(record, "bytes", size);
  Add(record, "file", key);
  Add(record, "sop_class_uid", sop_class);
  Add(record, "sop_instance_uid", sop_instance);
  Add(record, "transfer_syntax_uid", syntax);
  Add(record, "study_instance_uid", study);
  Add(record, "series_instance_uid", series);
  Add(record, "dataset_sha256", sha256);
}

std::optional<Record> ShowInstance(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, std::string, Time, std::optional<Time>, std::string, std::string,
                               std::optional<std::int64_t>, std::string>(
      "SELECT direction, state, received, finished, calling_ae, called_ae, mail, partner FROM instance WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [direction, state, received, finished, calling, called, mail, partner] = *row;
  const bool outbound = direction == "out";
  Record record{"instance " + Format(ItemKind::instance, id), {}, {}};
  Add(record, "state", state);
  Add(record, "direction", outbound ? "outbound" : "inbound");
  Add(record, "received", std::optional(received));
  Add(record, "calling_ae", calling);
  Add(record, "called_ae", called);
  if (mail) Add(record, "mail", Format(ItemKind::mail, *mail));
  Add(record, "partner", partner);
  Add(record, state == "dropped" ? "dropped" : outbound ? "sent" : "stored", finished);
  AddIdentity(session, id, record);
  if (outbound) {
    AddShipments(session, id, record);
  } else {
    AddDeliveries(session, id, record);
  }
  return record;
}

void AddFacts(Session& session, std::int64_t mail, Record& record) {
  const auto [sender, partner, message_id, signer, set_id, part, total] =
      *session.Row<std::string, std::string, std::string, std::string, std::optional<std::string>, std::int64_t,
                   std::int64_t>(
          "SELECT sender, partner, message_id, signer, set_id, set_part, set_total FROM mail WHERE id = :id", mail);
  Add(record, "sender", sender);
  Add(record, "partner", partner);
  Add(record, "message_id", message_id);
  Add(record, "signer", signer);
  if (set_id) Add(record, "set", *set_id + ", part " + std::to_string(part) + " of " + std::to_string(total));
}

void AddPartial(Session& session, std::int64_t mail, Record& record) {
  const auto [partial_id, number, total, joined_into, duplicate] =
      *session.Row<std::string, std::int64_t, std::int64_t, std::optional<std::int64_t>, bool>(
          "SELECT partial_id, fragment_number, fragment_total, joined_into, duplicate FROM mail WHERE id = :id", mail);
  if (partial_id.empty()) return;
  Add(record, "partial_id", partial_id);
  Add(record, "fragment", std::to_string(number) + (total == 0 ? "" : " of " + std::to_string(total)));
  if (duplicate) Add(record, "duplicate", "yes");
  if (joined_into) Add(record, "joined_into", Format(ItemKind::mail, *joined_into));
}

std::optional<Record> ShowMail(Session& session, std::int64_t id) {
  const auto row = session.Row<std::string, std::string, std::int64_t, Time, std::optional<Time>, std::int64_t, Time,
                               std::string, std::string, std::string, bool>(
      "SELECT state, mailbox, size, fetched, finished, tries, next_try, error_code, error_detail, spool_key, on_server "
      "FROM mail WHERE id = :id",
      id);
  if (!row) return std::nullopt;
  const auto& [state, mailbox, size, fetched, finished, tries, next_try, code, detail, key, on_server] = *row;
  Record record{"mail " + Format(ItemKind::mail, id), {}, {}};
  Add(record, "state", state);
  Add(record, "mailbox", mailbox);
  Add(record, "bytes", size);
  Add(record, "file", key);
  Add(record, "fetched", std::optional(fetched));
  Add(record, "finished", finished);
  Add(record, "on_server", on_server ? "yes" : "no");
  AddFacts(session, id, record);
  AddTrouble(record, tries, next_try, code, detail);
  AddPartial(session, id, record);
  for (const auto& [instance, instance_state] : session.Rows<std::int64_t, std::string>(
           "SELECT id, state FROM instance WHERE mail = :id ORDER BY id LIMIT :limit", id, kMaxChildren)) {
    Record child{"instance " + Format(ItemKind::instance, instance), {}, {}};
    Add(child, "state", instance_state);
    AddDeliveries(session, instance, child);
    record.children.push_back(std::move(child));
  }
  // Fragments can be joined mails themselves, but a fragment's own are not shown: `show` it.
  for (const auto& [fragment, number, fragment_state, fragment_size] :
       session.Rows<std::int64_t, std::int64_t, std::string, std::int64_t>(
           "SELECT id, fragment_number, state, size FROM mail WHERE joined_into = :id AND duplicate = 0 "
           "ORDER BY fragment_number LIMIT :limit",
           id, kMaxChildren)) {
    Record child{"mail " + Format(ItemKind::mail, fragment), {}, {}};
    Add(child, "state", fragment_state);
    Add(child, "fragment", number);
    Add(child, "bytes", fragment_size);
    record.children.push_back(std::move(child));
  }
  return record;
}

}  // namespace

Result<std::optional<Record>> OperatorLedger::Show(ItemId id) {
  return database_.impl().Read([&](Session& session) -> Result<std::optional<Record>> {
    switch (id.kind) {
      case ItemKind::instance:
        return ShowInstance(session, id.number);
      case ItemKind::shipment:
        return ShowShipment(session, id.number);
      case ItemKind::message:
        return ShowMessage(session, id.number);
      case ItemKind::mail:
        return ShowMail(session, id.number);
      case ItemKind::delivery:
        return ShowDelivery(session, id.number);
    }
    return std::optional<Record>();
  });
}

}  // namespace gateway::ledger
