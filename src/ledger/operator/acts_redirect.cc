// `redirect`: what waits for one destination goes to another, because a PACS, partner or mailbox
// was renamed, removed or is away for long. It is one transaction, so that nothing is left in
// between.
#include <algorithm>
#include <array>
#include <set>

#include "base/ascii.h"
#include "ledger/redirections.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/given_last.h"
#include "ledger/rules/holds.h"
#include "ledger/rules/message_moves.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/rules/received_instance.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

// A person's hold of the old name also holds what goes to the new name.
bool MoveHold(Session& session, const Redirection& redirection, Time now) {
  const std::string_view kind = NameOf(redirection.from.kind);
  if (!redirection.renamed) return false;
  LockHold(session, redirection.from);
  LockHold(session, {redirection.from.kind, redirection.to});
  const auto since =
      session.First<Time>(Sql("SELECT since FROM held_destination WHERE kind = :kind AND name = :name", kLocked), kind,
                          redirection.from.name);
  if (!since) return false;
  session.Execute("DELETE FROM held_destination WHERE kind = :kind AND name = :name", kind, redirection.from.name);
  session.Execute(
      "INSERT INTO held_destination (kind, name, since) VALUES (:kind, :name, :since) ON CONFLICT (kind, name) DO "
      "NOTHING",
      kind, redirection.to, *since);
  HoldAllFor(session, {redirection.from.kind, redirection.to}, now);
  return true;
}

// The other PACS is to get this instance, has it, or refused it, so one delivery is enough.
void JoinDeliveries(Session& session, std::int64_t old, std::int64_t other, DeliveryState state, bool renamed,
                    Time now) {
  if (renamed) JoinGiven(session, old, other);
  session.Execute("DELETE FROM delivery WHERE id = :id", old);
  if (IsOneOf(state, DeliveryState::failed, DeliveryState::cancelled)) DeliverAgain(session, other, now);
}

// If the PACS was renamed, it was given, under its new name, all that it was given under its old
// name, also by this delivery. If another PACS takes its place, this delivery has given nothing to
// that one, and the ledger still knows what the old one was given.
void MoveDelivery(Session& session, std::int64_t id, std::int64_t instance, const Redirection& redirection, Time now,
                  Acted& acted) {
  LockUidOf(session, id);
  NoteDoubtIfInHand(session, id);
  const std::string& to = redirection.to;
  if (redirection.renamed) {
    CarryGiven(session, instance, redirection.from.name, to);
  } else {
    KeepGiven(session, id);
  }
  const auto other = session.Row<std::int64_t, DeliveryState>(
      Sql("SELECT id, state FROM delivery WHERE instance = :instance AND pacs = :pacs", kLocked), instance, to);
  if (other) {
    JoinDeliveries(session, id, std::get<0>(*other), std::get<1>(*other), redirection.renamed, now);
  } else {
    session.Execute("UPDATE delivery SET pacs = :pacs, claimed_until = 0 WHERE id = :id", to, id);
    if (!redirection.renamed) session.Execute("UPDATE delivery SET in_doubt = 0, given = 0 WHERE id = :id", id);
    DeliverAgain(session, id, now);
  }
  FinishInstance(session, instance, now, acted);
  UpdateReceipts(session, MailsOfInstance(session, instance), now);
  ++acted.items;
}

void MoveDeliveries(Session& session, const std::string& node, const Redirection& redirection, Time now, Acted& acted) {
  for (const DeliveryState state : {DeliveryState::waiting, DeliveryState::held, DeliveryState::failed}) {
    for (const auto& [id, instance, claimed, claimed_by] : session.Rows<std::int64_t, std::int64_t, Time, std::string>(
             Sql("SELECT id, instance, claimed_until, claimed_by FROM delivery WHERE state = :state AND pacs = :pacs "
                 "ORDER BY id",
                 kLocked),
             state, redirection.from.name)) {
      // The delivery may be stored at this moment, and its outcome is recorded by its id. If
      // another node has claimed it, nobody here knows whether that node still runs. If the file
      // with our node's id is lost, the claims of our own node look like those of another one.
      const bool of_another = !node.empty() && !claimed_by.empty() && claimed_by != node;
      const bool may_run = redirection.daemon_runs || of_another;
      if (may_run && claimed > now) {
        ++acted.in_hand;
        continue;
      }
      if (state == DeliveryState::failed) TellAnew(session, instance);
      MoveDelivery(session, id, instance, redirection, now, acted);
    }
  }
}

// Sets messages back to be sealed anew, because they need another key, or another mailbox sends
// them.
void MoveMessages(Session& session, const Redirection& redirection, Time now, Acted& acted) {
  const std::string column(NameOf(redirection.from.kind));
  const bool to_partner = redirection.from.kind == DestinationKind::partner;
  const std::string select =
      "SELECT id, shipment, partner FROM message WHERE state = :state AND " + column + Sql(" = :name", kLocked);
  std::set<std::int64_t> shipments;
  // Find all messages before the first one is changed. A changed message has another state, so a
  // later search would find it again.
  std::vector<std::tuple<std::int64_t, std::int64_t, std::string>> messages;
  for (const MessageState state :
       {MessageState::waiting, MessageState::sealed, MessageState::held, MessageState::failed}) {
    auto rows = session.Rows<std::int64_t, std::int64_t, std::string>(select, state, redirection.from.name);
    messages.insert(messages.end(), rows.begin(), rows.end());
  }
  const std::string& mailbox = to_partner ? redirection.mailbox : redirection.to;
  for (const auto& [id, shipment, partner] : messages) {
    const std::string& recipient = to_partner ? redirection.to : partner;
    session.Execute("UPDATE message SET partner = :partner, mailbox = :mailbox WHERE id = :id", recipient, mailbox, id);
    if (shipments.insert(shipment).second) {
      session.Execute("UPDATE shipment SET partner = :partner, mailbox = :mailbox WHERE id = :id", recipient, mailbox,
                      shipment);
    }
    TakeMessageFile(session, id, acted.message_keys);
    SendAgain(session, id, now, now);
    ++acted.items;
  }
}

// Moves a shipment that still takes instances. The other partner may have an open shipment of that
// study and rule already, and there can be only one. Then this shipment gets a rule of its own, and
// is closed when it is quiet.
void MoveOpenShipments(Session& session, const Redirection& redirection, Acted& acted) {
  const bool to_partner = redirection.from.kind == DestinationKind::partner;
  const std::string select = Sql("SELECT id FROM shipment WHERE state = ", ShipmentState::open, " AND ") +
                             std::string(NameOf(redirection.from.kind)) + Sql(" = :name ORDER BY id", kLocked);
  for (const std::int64_t id : session.FirstColumn<std::int64_t>(select, redirection.from.name)) {
    if (to_partner) {
      session.Execute(Sql("UPDATE shipment SET rule = rule || ' ' || :id WHERE id = :same AND EXISTS (SELECT 1 FROM "
                          "shipment AS other WHERE other.state = ",
                          ShipmentState::open,
                          " AND other.partner = :partner AND other.study_instance_uid = shipment.study_instance_uid "
                          "AND other.rule = shipment.rule AND other.series_instance_uid = "
                          "shipment.series_instance_uid)"),
                      Format(ItemKind::shipment, id), id, redirection.to);
      session.Execute("UPDATE shipment SET partner = :partner, mailbox = :mailbox WHERE id = :id", redirection.to,
                      redirection.mailbox, id);
    } else {
      session.Execute("UPDATE shipment SET mailbox = :mailbox WHERE id = :id", redirection.to, id);
    }
    ++acted.items;
  }
}

bool IsFrom(const std::string& sender, const std::vector<std::string>& addresses) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const std::string& address) { return EqualIgnoringCase(address, sender); });
}

// If the other partner has a receipt for the same Message-ID, this one stays, because the index
// receipt_original may allow only one.
const std::string kMoveReceiptOfPartner =
    "UPDATE receipt SET partner = :name WHERE id = :id AND NOT EXISTS (SELECT 1 FROM receipt AS other WHERE "
    "other.partner = :other AND other.original_message_id = receipt.original_message_id AND "
    "other.original_message_id <> '')";

// For a partner, moves the receipts for mails that came from the other's own address. Receipts for
// mails of third senders stay.
void MoveReceipts(Session& session, const Redirection& redirection, Time now, Acted& acted) {
  const bool to_partner = redirection.from.kind == DestinationKind::partner;
  const std::string column(NameOf(redirection.from.kind));
  const std::string move = to_partner ? kMoveReceiptOfPartner : "UPDATE receipt SET mailbox = :name WHERE id = :id";
  const std::string select =
      "SELECT receipt.id, sender FROM receipt JOIN mail ON mail.id = receipt.mail WHERE receipt.state = :state AND "
      "receipt." +
      column + Sql(" = :name ORDER BY receipt.id", kLocked);
  for (const ReceiptState state :
       {ReceiptState::waiting, ReceiptState::due, ReceiptState::held, ReceiptState::failed}) {
    for (const auto& [id, sender] : session.Rows<std::int64_t, std::string>(select, state, redirection.from.name)) {
      if (to_partner && !IsFrom(sender, redirection.addresses)) continue;
      const std::int64_t moved = to_partner ? session.Execute(move, redirection.to, id, redirection.to)
                                            : session.Execute(move, redirection.to, id);
      if (moved == 0) continue;
      ++acted.items;
      if (state == ReceiptState::waiting) continue;
      session.Execute(
          Sql("UPDATE receipt SET state = ", ReceiptState::due,
              ", created = :now, tries = 0, next_try = 0, error_code = '', error_detail = '' WHERE id = :id"),
          now, id);
      ObeyHoldOfReceipt(session, id);
    }
  }
}

// Everything that came from a renamed partner, and that a rule or another mail may still ask about,
// has come from its new name: instances with their files, documents that wait, sets, and what is in
// quarantine. Of a set of which both names sent parts, each name keeps its own.
void MoveReceived(Session& session, const Redirection& redirection, Acted& acted) {
  const std::string& from = redirection.from.name;
  const std::string& to = redirection.to;
  const std::string rename = " SET partner = :to WHERE partner = :from AND ";
  const std::string instances = "UPDATE instance" + rename + Sql("direction = ", Direction::inbound, " AND ");
  acted.items += static_cast<std::size_t>(session.Execute(
      instances +
          Sql("state ", In(InstanceState::conflict, InstanceState::undeliverable), " AND spool_key IS NOT NULL"),
      to, from));
  session.Execute(instances + "spool_key IS NOT NULL", to, from);
  for (const DocumentState state : {DocumentState::waiting, DocumentState::quarantined}) {
    acted.items +=
        static_cast<std::size_t>(session.Execute("UPDATE document" + rename + "state = :state", to, from, state));
  }
  for (const MailState state : {MailState::fragment, MailState::quarantined}) {
    acted.items +=
        static_cast<std::size_t>(session.Execute("UPDATE mail" + rename + "state = :state", to, from, state));
  }
  session.Execute("UPDATE received_set" + rename +
                      "NOT EXISTS (SELECT 1 FROM received_set AS other WHERE other.partner = :other AND other.set_id = "
                      "received_set.set_id)",
                  to, from, to);
  session.Execute(
      "UPDATE replaced_identifier" + rename +
          "NOT EXISTS (SELECT 1 FROM replaced_identifier AS other WHERE other.kind = "
          "replaced_identifier.kind AND other.new_value = replaced_identifier.new_value AND other.partner = "
          ":other AND other.old_value = replaced_identifier.old_value)",
      to, from, to);
}

// Gives a mail to the new name of its mailbox, with its identity. The new name may stand for
// another account, whose mails have the same identities. So no mail counts as being on the server
// until a mail of this identity was fetched under the new name, byte for byte the same
// (FetchedMails::Add()). If the new name has a mail of this identity already, that one keeps it.
// Mails without a folder come from an older version of the gateway, and lose their identity.
void MoveMail(Session& session, std::int64_t mail, const std::string& to) {
  session.Execute(
      "UPDATE mail SET mailbox = :to, on_server = 0, identity = CASE WHEN folder = '' OR EXISTS (SELECT 1 FROM mail AS "
      "other WHERE other.mailbox = :other AND other.folder = mail.folder AND other.identity = mail.identity) THEN "
      "NULL ELSE identity END WHERE id = :id",
      to, to, mail);
}

// Moves mails that are still to be opened, which then need the other mailbox's key. They are tried
// again at once.
void MoveMails(Session& session, const Redirection& redirection, Acted& acted) {
  for (const MailState state : {MailState::fetched, MailState::fragment, MailState::quarantined}) {
    for (const std::int64_t mail : session.FirstColumn<std::int64_t>(
             Sql("SELECT id FROM mail WHERE state = :state AND mailbox = :from ORDER BY id", kLocked), state,
             redirection.from.name)) {
      MoveMail(session, mail, redirection.to);
      session.Execute("UPDATE mail SET next_try = 0 WHERE id = :id", mail);
      ++acted.items;
    }
  }
  // Their tries were none as long as nobody had the key.
  session.Execute(Sql("UPDATE mail SET tries = 0, error_code = '', error_detail = '' WHERE mailbox = :to AND state = ",
                      MailState::fetched, " AND error_code = ", codes::kUnknownMailbox),
                  redirection.to);
}

// Rows in one transaction. More would make other writers wait.
constexpr int kCarriedAtOnce = 200;

// Returns the last of the next mails of the renamed mailbox, which now belong to its new name with
// their receipts; nullopt if there are none.
std::optional<std::int64_t> CarryNextMails(Session& session, const Redirection& redirection, std::int64_t after) {
  const std::vector<std::int64_t> mails = session.FirstColumn<std::int64_t>(
      Sql("SELECT id FROM mail WHERE mailbox = :from AND id > :after ORDER BY id LIMIT :limit", kLocked),
      redirection.from.name, after, kCarriedAtOnce);
  for (const std::int64_t mail : mails) {
    MoveMail(session, mail, redirection.to);
    session.Execute("UPDATE receipt SET mailbox = :to WHERE mail = :mail AND mailbox = :from", redirection.to, mail,
                    redirection.from.name);
  }
  return mails.empty() ? std::nullopt : std::optional(mails.back());
}

// Does the same with receipts that the renamed partner was sent. A person's act may make them due
// once more.
std::optional<std::int64_t> CarryNextReceipts(Session& session, const Redirection& redirection, std::int64_t after) {
  std::optional<std::int64_t> last;
  for (const auto& [id, sender] : session.Rows<std::int64_t, std::string>(
           Sql("SELECT receipt.id, sender FROM receipt JOIN mail ON mail.id = receipt.mail WHERE receipt.state = ",
               ReceiptState::sent,
               " AND receipt.partner = :from AND receipt.id > :after ORDER BY receipt.id LIMIT :limit", kLocked),
           redirection.from.name, after, kCarriedAtOnce)) {
    last = id;
    if (IsFrom(sender, redirection.addresses))
      session.Execute(kMoveReceiptOfPartner, redirection.to, id, redirection.to);
  }
  return last;
}

}  // namespace

Result<Acted> Redirections::Redirect(const Redirection& redirection, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<Acted> {
    Acted acted;
    acted.held = MoveHold(session, redirection, now);
    // Single writer 3: nothing comes to refer to a delivery that is joined to another and deleted.
    const DestinationKind kind = redirection.from.kind;
    if (kind == DestinationKind::pacs) {
      MoveDeliveries(session, database_.impl().node(), redirection, now, acted);
    } else {
      MoveMessages(session, redirection, now, acted);
      MoveOpenShipments(session, redirection, acted);
      MoveReceipts(session, redirection, now, acted);
    }
    if (kind == DestinationKind::partner && redirection.renamed) MoveReceived(session, redirection, acted);
    if (kind == DestinationKind::mailbox && redirection.renamed) MoveMails(session, redirection, acted);
    if (acted.items == 0 && !acted.held) return acted;
    Wake(session, kind == DestinationKind::partner ? DestinationKind::mailbox : kind,
         kind == DestinationKind::partner ? redirection.mailbox : redirection.to);
    RecordAct(session, "redirect", TextOf(redirection.from) + " to " + redirection.to, now);
    return acted;
  });
}

Result<void> Redirections::CarryPast(const Redirection& redirection) {
  const bool of_mailbox = redirection.from.kind == DestinationKind::mailbox;
  for (std::optional<std::int64_t> after = 0; after;) {
    GATEWAY_ASSIGN(after, database_.impl().Write([&](Session& session) -> Result<std::optional<std::int64_t>> {
      return of_mailbox ? CarryNextMails(session, redirection, *after)
                        : CarryNextReceipts(session, redirection, *after);
    }));
  }
  return {};
}

Result<std::size_t> Redirections::CarryGiven(const Redirection& redirection, bool is_only_act, Time now) {
  std::size_t instances = 0;
  for (std::optional<std::int64_t> after = 0; after;) {
    GATEWAY_ASSIGN(const CarriedGiven carried, database_.impl().Write([&](Session& session) -> Result<CarriedGiven> {
      CarriedGiven next = CarryNextGiven(session, redirection.from.name, redirection.to, *after);
      if (is_only_act && instances == 0 && next.instances > 0) {
        RecordAct(session, "redirect", TextOf(redirection.from) + " to " + redirection.to, now);
      }
      return next;
    }));
    instances += carried.instances;
    after = carried.last;
  }
  return instances;
}

}  // namespace gateway::ledger
