// `quarantine`: shows what waits for a person, and records what the person decides.
#include <algorithm>
#include <iterator>

#include "ledger/error_codes.h"
#include "ledger/operator/operator_rows.h"
#include "ledger/quarantine_ledger.h"
#include "ledger/rules/acted.h"
#include "ledger/rules/derived_files.h"
#include "ledger/rules/document_reference.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/rules/opening_place.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/rules/received_instance.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Returns the rows of `select`, which ends in its WHERE, for one item or for all.
template <typename... Columns>
std::vector<std::tuple<Columns...>> Select(Session& session, const std::string& select,
                                           const std::optional<std::int64_t>& only) {
  if (only) return session.Rows<Columns...>(select + " AND id = :id", *only);
  return session.Rows<Columns...>(select + " ORDER BY id");
}

void AddMails(Session& session, const std::optional<std::int64_t>& only, std::vector<QuarantineItem>& items) {
  for (const auto& [id, code, detail, partner, sender, since, size] :
       Select<std::int64_t, std::string, std::string, std::string, std::string, Time, std::uint64_t>(
           session,
           Sql("SELECT id, error_code, error_detail, partner, sender, finished, size FROM mail WHERE state = ",
               MailState::quarantined),
           only)) {
    QuarantineItem item;
    item.id = {ItemKind::mail, id};
    item.reason = code;
    item.detail = detail;
    item.partner = partner;
    item.sender = sender;
    item.since = since;
    item.size = size;
    item.spool_keys = MailFiles(session, id);
    items.push_back(std::move(item));
  }
}

void AddInstances(Session& session, const std::optional<std::int64_t>& only, std::vector<QuarantineItem>& items) {
  for (const auto& [id, state, partner, since, size, key, calling, called, difference, priority, set] :
       Select<std::int64_t, InstanceState, std::string, Time, std::uint64_t, std::optional<std::string>, std::string,
              std::string, std::string, std::optional<int>, std::optional<std::string>>(
           session,
           Sql("SELECT id, state, partner, received, file_size, spool_key, calling_ae, called_ae, difference, (SELECT "
               "priority FROM mail WHERE mail.id = instance.mail), (SELECT set_id FROM received_part JOIN received_set "
               "ON received_set.id = received_part.received_set WHERE received_part.mail = instance.mail LIMIT 1) FROM "
               "instance WHERE state ",
               In(InstanceState::held, InstanceState::undeliverable, InstanceState::conflict)),
           only)) {
    QuarantineItem item;
    item.id = {ItemKind::instance, id};
    item.reason = ReasonOf(state).code;
    if (state == InstanceState::conflict) item.detail = difference;
    item.partner = partner;
    item.since = since;
    item.size = size;
    if (key) item.spool_keys = {*key};
    item.calling_ae = calling;
    item.called_ae = called;
    if (priority) {
      item.mail_priority = static_cast<Priority>(*priority);
      item.set = set.value_or("");
    }
    items.push_back(std::move(item));
  }
}

// A kept document waits until a person takes it from the gateway.
void AddDocuments(Session& session, const std::optional<std::int64_t>& only, std::vector<QuarantineItem>& items) {
  for (const auto& [id, code, detail, partner, since, size, key, name, type] :
       Select<std::int64_t, std::string, std::string, std::string, Time, std::uint64_t, std::optional<std::string>,
              std::string, std::string>(session,
                                        Sql("SELECT id, error_code, error_detail, partner, COALESCE(finished, "
                                            "received), size, spool_key, name, content_type FROM document WHERE state ",
                                            In(DocumentState::quarantined, DocumentState::kept)),
                                        only)) {
    QuarantineItem item;
    item.id = {ItemKind::document, id};
    item.reason = code.empty() ? std::string(codes::kDocumentKept.name) : code;
    item.detail = detail;
    item.name = name;
    item.content_type = type;
    item.partner = partner;
    item.since = since;
    item.size = size;
    if (key) item.spool_keys = {*key};
    items.push_back(std::move(item));
  }
}

std::optional<std::vector<std::string>> DropMail(Session& session, std::int64_t id, Time now) {
  if (session.Execute(Sql("UPDATE mail SET state = ", MailState::dropped,
                          ", finished = :now WHERE id = :id AND state = ", MailState::quarantined),
                      now, id) == 0) {
    return std::nullopt;
  }
  return ForgetMailFiles(session, id);
}

std::optional<std::vector<std::string>> DropInstance(Session& session, std::int64_t id, Time now) {
  const auto key = session.Row<std::optional<std::string>>(
      Sql("SELECT spool_key FROM instance WHERE id = :id AND state ",
          In(InstanceState::held, InstanceState::undeliverable, InstanceState::conflict), kLocked),
      id);
  if (!key) return std::nullopt;
  session.Execute(
      Sql("UPDATE instance SET state = ", InstanceState::dropped, ", finished = :now, spool_key = NULL WHERE id = :id"),
      now, id);
  ForgetDerivedOf(session, {id});
  std::vector<std::string> keys;
  if (std::get<0>(*key)) keys.push_back(*std::get<0>(*key));
  return keys;
}

std::optional<std::vector<std::string>> DropDocument(Session& session, std::int64_t id, Time now) {
  auto key = session.Row<std::optional<std::string>>(Sql("SELECT spool_key FROM document WHERE id = :id AND state ",
                                                         In(DocumentState::quarantined, DocumentState::kept), kLocked),
                                                     id);
  if (!key) return std::nullopt;
  session.Execute(Sql("UPDATE document SET state = ", DocumentState::dropped,
                      ", finished = :now, spool_key = NULL, name = '' WHERE id = :id"),
                  now, id);
  std::vector<std::string> keys;
  if (std::get<0>(*key)) keys.push_back(*std::move(std::get<0>(*key)));
  return keys;
}

// Returns whether the document may be given the patient and study of this instance. Both rows stay
// as they are until the transaction ends.
bool MayJoin(Session& session, std::int64_t document, std::int64_t instance) {
  return session
      .First<std::int64_t>(Sql("SELECT instance.id FROM instance JOIN document ON document.partner = instance.partner "
                               "WHERE document.id = :document AND instance.id = :instance AND instance.direction = ",
                               Direction::inbound, " AND instance.spool_key IS NOT NULL AND instance.state <> ",
                               InstanceState::conflict, kLocked),
                           document, instance)
      .has_value();
}

std::optional<std::vector<std::string>> DropOne(Session& session, ItemId id, Time now) {
  std::optional<std::vector<std::string>> keys;
  // A receipt may have waited for the item that is given up here.
  switch (id.kind) {
    case ItemKind::mail:
      keys = DropMail(session, id.number, now);
      if (keys) UpdateReceipts(session, {id.number}, now);
      break;
    case ItemKind::instance:
      keys = DropInstance(session, id.number, now);
      if (keys) UpdateReceipts(session, MailsOfInstance(session, id.number), now);
      break;
    case ItemKind::document:
      keys = DropDocument(session, id.number, now);
      if (keys) UpdateReceipts(session, MailsOfDocument(session, id.number), now);
      break;
    default:
      break;
  }
  return keys;
}

void RecordRelease(Session& session, ItemId id, Time now) {
  RecordAct(session, "quarantine-release", Format(id), now);
}

}  // namespace

Result<std::vector<QuarantineItem>> QuarantineLedger::Items() {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<QuarantineItem>> {
    std::vector<QuarantineItem> items;
    AddMails(session, std::nullopt, items);
    AddInstances(session, std::nullopt, items);
    AddDocuments(session, std::nullopt, items);
    return items;
  });
}

Result<std::optional<QuarantineItem>> QuarantineLedger::ItemOf(ItemId id) {
  return database_.impl().Read([&](Session& session) -> Result<std::optional<QuarantineItem>> {
    std::vector<QuarantineItem> items;
    if (id.kind == ItemKind::mail) AddMails(session, id.number, items);
    if (id.kind == ItemKind::instance) AddInstances(session, id.number, items);
    if (id.kind == ItemKind::document) AddDocuments(session, id.number, items);
    if (items.empty()) return std::optional<QuarantineItem>();
    return std::optional(std::move(items.front()));
  });
}

Result<bool> QuarantineLedger::ReleaseMail(std::int64_t mail, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    // Single writer 1: another mail may get the same place. Their ids then order them.
    LockRows(session, "SELECT id FROM mail WHERE id = :id", mail);
    // Keep the reason before the UPDATE clears it. What a person has overruled does not keep the
    // mail a second time.
    session.Execute(Sql("INSERT INTO overruled_reason (mail, code) SELECT id, error_code FROM mail WHERE id = :id AND "
                        "error_code <> '' AND state = ",
                        MailState::quarantined, " ON CONFLICT (mail, code) DO NOTHING"),
                    mail);
    const bool released =
        session.Execute(
            // If the mail came in another size than the server named, it is fetched once more, as a
            // mail of its own. So this one lets go of its identity on the server.
            Sql("UPDATE mail SET state = ", MailState::fetched,
                ", tries = 0, next_try = :now, claimed_until = 0, finished = NULL, identity = CASE WHEN on_server = 1 "
                "AND "
                "named_size <> size THEN NULL ELSE identity END, on_server = CASE WHEN named_size <> size THEN 0 ELSE "
                "on_server END, error_code = '', error_detail = '' "
                "WHERE id = :id AND state = ",
                MailState::quarantined),
            now, mail) > 0;
    if (!released) return false;
    PutInTurn(session, mail);
    TellMailAnew(session, mail);
    RecordRelease(session, {ItemKind::mail, mail}, now);
    return released;
  });
}

Decided<bool> QuarantineLedger::ReleaseDocument(std::int64_t document, std::optional<std::int64_t> joined_to,
                                                Time deadline, Time now) {
  return database_.impl().Write([&](Session& session) -> Decided<bool> {
    if (joined_to && !MayJoin(session, document, *joined_to)) {
      return Refusal{.why = WhyRefused::cannot_join, .item = {ItemKind::instance, *joined_to}};
    }
    const bool released =
        session.Execute(
            Sql("UPDATE document SET state = ", DocumentState::waiting,
                ", deadline = :deadline, tries = 0, next_try = 0, claimed_until = 0, finished = NULL, error_code = '', "
                "error_detail = '', joined_to = COALESCE(:joined, joined_to) WHERE id = :id AND state ",
                In(DocumentState::quarantined, DocumentState::kept)),
            deadline, joined_to, document) > 0;
    if (!released) return false;
    TellDocumentAnew(session, document);
    RecordRelease(session, {ItemKind::document, document}, now);
    return true;
  });
}

Result<std::optional<std::string>> QuarantineLedger::FinishDocument(std::int64_t document, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::optional<std::string>> {
    auto key = session.First<std::string>(Sql("SELECT spool_key FROM document WHERE id = :id AND state = ",
                                              DocumentState::kept, " AND spool_key IS NOT NULL", kLocked),
                                          document);
    if (!key) return std::optional<std::string>();
    session.Execute(
        Sql("UPDATE document SET state = ", DocumentState::filed,
            ", name = '', finished = :now, spool_key = NULL, error_code = '', error_detail = '' WHERE id = :id"),
        now, document);
    UpdateReceipts(session, MailsOfDocument(session, document), now);
    RecordAct(session, "quarantine-done", Format(ItemKind::document, document), now);
    return key;
  });
}

Result<std::optional<StudyOfDocument>> QuarantineLedger::StudyOf(std::int64_t document) {
  return database_.impl().Read([&](Session& session) -> Result<std::optional<StudyOfDocument>> {
    const auto linked = FindLink(session, document);
    if (!linked) return std::optional<StudyOfDocument>();
    StudyOfDocument study;
    study.link = linked->link;
    study.instance = linked->id;
    std::tie(study.study_instance_uid, study.instance_mail) = *session.Row<std::string, std::int64_t>(
        "SELECT study_instance_uid, mail FROM instance WHERE id = :id", linked->id);
    const auto mail = session.Row<std::int64_t, std::string>(
        "SELECT mail.id, mail.signer FROM document JOIN mail ON mail.id = document.mail WHERE document.id = :id",
        document);
    if (mail) {
      study.mail = std::get<0>(*mail);
      study.mail_is_signed = !std::get<1>(*mail).empty();
    }
    return std::optional(std::move(study));
  });
}

Result<bool> QuarantineLedger::ReleaseReceivedInstance(std::int64_t instance, const std::vector<std::string>& pacs,
                                                       Time now, const std::map<std::string, std::string>& rules,
                                                       const std::set<std::string>& changing) {
  return database_.impl().Write([&](Session& session) -> Result<bool> {
    if (pacs.empty()) return false;
    if (session.Execute(Sql("UPDATE instance SET state = ", InstanceState::accepted, " WHERE id = :id AND state ",
                            In(InstanceState::undeliverable, InstanceState::conflict)),
                        instance) == 0) {
      return false;
    }
    for (const std::string& name : pacs) {
      const auto rule = rules.find(name);
      AddDelivery(session, instance, name, now, rule == rules.end() ? std::string() : rule->second,
                  changing.contains(name));
    }
    RecordRelease(session, {ItemKind::instance, instance}, now);
    return true;
  });
}

Result<std::optional<std::vector<std::string>>> QuarantineLedger::Drop(ItemId id, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<std::optional<std::vector<std::string>>> {
    std::optional<std::vector<std::string>> keys = DropOne(session, id, now);
    if (keys) RecordAct(session, "quarantine-drop", Format(id), now);
    return keys;
  });
}

Result<QuarantineLedger::Dropped> QuarantineLedger::DropAll(const std::vector<ItemId>& ids, const std::string& act,
                                                            Time now) {
  // Many short transactions, but the first one records one act of the person.
  constexpr std::size_t kAtOnce = 200;
  Dropped dropped;
  for (std::size_t first = 0; first < ids.size(); first += kAtOnce) {
    const std::size_t end = std::min(first + kAtOnce, ids.size());
    GATEWAY_ASSIGN(Dropped some, database_.impl().Write([&](Session& session) -> Result<Dropped> {
      Dropped done;
      for (std::size_t i = first; i < end; ++i) {
        auto keys = DropOne(session, ids[i], now);
        if (!keys) continue;
        ++done.items;
        for (std::string& key : *keys) done.keys.emplace_back(ids[i].kind, std::move(key));
      }
      if (first == 0) RecordAct(session, "quarantine-drop", act, now);
      return done;
    }));
    dropped.items += some.items;
    std::move(some.keys.begin(), some.keys.end(), std::back_inserter(dropped.keys));
  }
  return dropped;
}

}  // namespace gateway::ledger
