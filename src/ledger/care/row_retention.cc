#include "ledger/care/row_retention.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "ledger/rules/message_moves.h"
#include "ledger/rules/replaced_identifiers.h"
#include "ledger/rules/service_rows.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

constexpr std::size_t kLookedAt = 200;  // rows in one step
constexpr std::size_t kForgotten = 20;  // rows in one transaction, because others wait for it

void Run(Session& session, std::initializer_list<const char*> statements, std::int64_t id) {
  for (const char* sql : statements) session.Execute(sql, id);
}

bool Exists(Session& session, std::string_view sql, std::int64_t id) {
  return session.First<std::int64_t>(sql, id).has_value();
}

bool MayForgetShipment(Session& session, std::int64_t id) {
  static const std::string kOpenMessage =
      "SELECT id FROM message WHERE shipment = :id AND (spool_key IS NOT NULL OR NOT " + std::string(kMessageDone) +
      ") LIMIT 1";
  return !Exists(session, kOpenMessage, id) &&
         !Exists(session,
                 "SELECT instance.id FROM shipment_instance JOIN instance ON instance.id = shipment_instance.instance "
                 "WHERE shipment_instance.shipment = :id AND instance.spool_key IS NOT NULL LIMIT 1",
                 id) &&
         !Exists(session,
                 "SELECT document.id FROM message JOIN document ON document.message = message.id WHERE "
                 "message.shipment = :id AND document.spool_key IS NOT NULL LIMIT 1",
                 id);
}

// An instance goes with the last shipment that contains it.
void ForgetShipment(Session& session, std::int64_t id) {
  const auto instances =
      session.FirstColumn<std::int64_t>("SELECT instance FROM shipment_instance WHERE shipment = :id", id);
  ForgetServiceRequest(session, id);
  Run(session,
      {"DELETE FROM message_fragment WHERE message IN (SELECT id FROM message WHERE shipment = :id)",
       "DELETE FROM sent_id WHERE message IN (SELECT id FROM message WHERE shipment = :id)",
       "DELETE FROM shipment_instance WHERE shipment = :id",
       "DELETE FROM document WHERE message IN (SELECT id FROM message WHERE shipment = :id)",
       "DELETE FROM message WHERE shipment = :id", "DELETE FROM shipment WHERE id = :id"},
      id);
  for (const std::int64_t instance : instances) {
    session.Execute(
        "DELETE FROM instance WHERE id = :id AND NOT EXISTS (SELECT 1 FROM shipment_instance WHERE "
        "shipment_instance.instance = instance.id)",
        instance);
  }
}

bool MayForgetInstance(Session& session, std::int64_t id) {
  return !Exists(session, "SELECT instance FROM shipment_instance WHERE instance = :id LIMIT 1", id);
}

void ForgetInstance(Session& session, std::int64_t id) {
  Run(session, {"DELETE FROM instance WHERE id = :id"}, id);
}

bool MayForgetSet(Session& /*session*/, std::int64_t /*id*/) {
  return true;
}

void ForgetSet(Session& session, std::int64_t id) {
  Run(session, {"DELETE FROM received_part WHERE received_set = :id", "DELETE FROM received_set WHERE id = :id"}, id);
}

// Each statement finds something that keeps a mail in the ledger. A mail that is still on the
// server would be fetched anew. Fragments go before the mail that was joined from them. An instance
// stays for the mails that brought it again. An instance that a PACS was given in place of an
// earlier one stays as long as the earlier one could come again unnoticed.
const std::vector<std::string> kKeepsMail{
    "SELECT id FROM mail WHERE id = :id AND (on_server = 1 OR spool_key IS NOT NULL)",
    "SELECT id FROM mail WHERE joined_into = :id LIMIT 1",
    "SELECT mail FROM received_part WHERE mail = :id LIMIT 1",
    Sql("SELECT id FROM receipt WHERE mail = :id AND state <> ", ReceiptState::sent, " LIMIT 1"),
    Sql("SELECT id FROM instance WHERE mail = :id AND (spool_key IS NOT NULL OR state ",
        NotIn(InstanceState::stored, InstanceState::dropped), ") LIMIT 1"),
    Sql("SELECT delivery.id FROM instance JOIN delivery ON delivery.instance = instance.id WHERE instance.mail = :id "
        "AND delivery.state ",
        NotIn(DeliveryState::stored, DeliveryState::cancelled), " LIMIT 1"),
    "SELECT instance.id FROM instance JOIN mail_duplicate ON mail_duplicate.instance = instance.id WHERE "
    "instance.mail = :id LIMIT 1",
    "SELECT document.id FROM instance JOIN document ON document.instance = instance.id WHERE instance.mail = :id AND "
    "document.mail <> instance.mail LIMIT 1",
    "SELECT instance.id FROM instance JOIN delivery ON delivery.instance = instance.id JOIN instance AS earlier ON "
    "earlier.sop_instance_uid = instance.sop_instance_uid AND earlier.id <> instance.id AND earlier.dataset_sha256 <> "
    "instance.dataset_sha256 JOIN delivery AS before ON before.instance = earlier.id AND before.pacs = delivery.pacs "
    "WHERE instance.mail = :id AND before.given < delivery.given LIMIT 1",
    "SELECT instance.id FROM instance JOIN given_before ON given_before.instance = instance.id JOIN instance AS "
    "earlier ON earlier.sop_instance_uid = instance.sop_instance_uid AND earlier.id <> instance.id AND "
    "earlier.dataset_sha256 <> instance.dataset_sha256 JOIN delivery AS before ON before.instance = earlier.id AND "
    "before.pacs = given_before.pacs WHERE instance.mail = :id AND before.given < given_before.given LIMIT 1",
    "SELECT instance.id FROM instance JOIN delivery ON delivery.instance = instance.id JOIN instance AS earlier ON "
    "earlier.sop_instance_uid = instance.sop_instance_uid AND earlier.id <> instance.id AND earlier.dataset_sha256 <> "
    "instance.dataset_sha256 JOIN given_before AS before ON before.instance = earlier.id AND before.pacs = "
    "delivery.pacs WHERE instance.mail = :id AND before.given < delivery.given LIMIT 1",
    Sql("SELECT id FROM document WHERE mail = :id AND (spool_key IS NOT NULL OR state ",
        NotIn(DocumentState::converted, DocumentState::filed, DocumentState::dropped), ") LIMIT 1"),
    "SELECT document.id FROM document JOIN document_duplicate ON document_duplicate.document = document.id WHERE "
    "document.mail = :id LIMIT 1",
};

bool MayForgetMail(Session& session, std::int64_t id) {
  for (const std::string& sql : kKeepsMail) {
    if (Exists(session, sql, id)) return false;
  }
  return true;
}

void ForgetMail(Session& session, std::int64_t id) {
  Run(session,
      {"DELETE FROM mail_duplicate WHERE mail = :id", "DELETE FROM document_duplicate WHERE mail = :id",
       "DELETE FROM overruled_reason WHERE mail = :id", "DELETE FROM receipt WHERE mail = :id",
       "DELETE FROM document WHERE mail = :id",
       "DELETE FROM service_result WHERE instance IN (SELECT id FROM instance WHERE mail = :id)",
       "DELETE FROM given_before WHERE instance IN (SELECT id FROM instance WHERE mail = :id)",
       "DELETE FROM delivery WHERE instance IN (SELECT id FROM instance WHERE mail = :id)",
       "DELETE FROM instance WHERE mail = :id", "DELETE FROM mail WHERE id = :id"},
      id);
}

// The places where a walk looks, one after the other. The earlier ones hold what keeps the later
// ones.
struct RowSort {
  KindState state;
  std::string_view finished;   // the column that says when
  std::string_view condition;  // the condition of its index; may be empty
  bool (*may_forget)(Session&, std::int64_t) = nullptr;
  void (*forget)(Session&, std::int64_t) = nullptr;
};

constexpr std::string_view kFinished = " AND finished IS NOT NULL";
const std::string kOut =
    Sql(" AND direction = ", Direction::outbound, " AND spool_key IS NULL AND finished IS NOT NULL");

const std::array<RowSort, 11> kSorts{{
    {SetState::complete, "last_part", "", MayForgetSet, ForgetSet},
    {ShipmentState::sent, "finished", kFinished, MayForgetShipment, ForgetShipment},
    {ShipmentState::delivered, "finished", kFinished, MayForgetShipment, ForgetShipment},
    {ShipmentState::warning, "finished", kFinished, MayForgetShipment, ForgetShipment},
    {ShipmentState::cancelled, "finished", kFinished, MayForgetShipment, ForgetShipment},
    {InstanceState::routed, "finished", kOut, MayForgetInstance, ForgetInstance},
    {InstanceState::dropped, "finished", kOut, MayForgetInstance, ForgetInstance},
    {MailState::joined, "finished", kFinished, MayForgetMail, ForgetMail},
    {MailState::opened, "finished", kFinished, MayForgetMail, ForgetMail},
    {MailState::report, "finished", kFinished, MayForgetMail, ForgetMail},
    {MailState::dropped, "finished", kFinished, MayForgetMail, ForgetMail},
}};

using Candidates = std::vector<std::tuple<std::int64_t, Time>>;

Candidates FindCandidates(Session& session, const RowSort& sort, Time before, Time finished, std::int64_t id) {
  const std::string column(sort.finished);
  // The state stands as a literal, because the index of received_set has it in its condition.
  std::string sql = Sql("SELECT id, ", column, " FROM ", TableOf(sort.state.kind), " WHERE state = ", sort.state);
  sql.append(" AND ").append(column).append(" < :before AND (").append(column).append(", id) > (:finished, :id)");
  sql.append(sort.condition).append(" ORDER BY ").append(column).append(", id LIMIT :limit");
  return session.Rows<std::int64_t, Time>(sql, before, finished, id, kLookedAt);
}

}  // namespace

// Most gateways replace nothing, so a read finds out whether there is anything to do.
Result<void> RowRetention::ForgetReplaced(Time done_before) {
  GATEWAY_ASSIGN(bool more, database_.impl().Read([&](Session& session) -> Result<bool> {
    return AreOldReplacements(session, done_before);
  }));
  while (more) {
    GATEWAY_ASSIGN(more, database_.impl().WriteUnsynced([&](Session& session) -> Result<bool> {
      return ForgetReplacements(session, done_before, kLookedAt) == static_cast<std::int64_t>(kLookedAt);
    }));
  }
  return {};
}

Result<RowRetention::Step> RowRetention::ForgetSome(Time done_before) {
  const RowSort& sort = kSorts.at(sort_);
  GATEWAY_ASSIGN(const Candidates candidates, database_.impl().Read([&](Session& session) -> Result<Candidates> {
    return FindCandidates(session, sort, done_before, finished_, id_);
  }));
  Step step;
  if (candidates.empty()) {
    sort_ = (sort_ + 1) % kSorts.size();
    finished_ = {};
    id_ = 0;
    step.walk_over = sort_ == 0;
    if (step.walk_over) GATEWAY_TRY(ForgetReplaced(done_before));
    return step;
  }
  for (std::size_t first = 0; first < candidates.size(); first += kForgotten) {
    const std::size_t end = std::min(first + kForgotten, candidates.size());
    GATEWAY_ASSIGN(const std::size_t forgotten,
                   database_.impl().WriteUnsynced([&](Session& session) -> Result<std::size_t> {
                     // Single writer 3: nothing comes to refer to a row between the questions
                     // and its deletion.
                     std::size_t count = 0;
                     for (std::size_t i = first; i < end; ++i) {
                       const std::int64_t id = std::get<0>(candidates[i]);
                       // The candidates come from an earlier read, and something may refer to the
                       // row since.
                       if (!sort.may_forget(session, id)) continue;
                       sort.forget(session, id);
                       ++count;
                     }
                     return count;
                   }));
    step.forgotten += forgotten;
  }
  std::tie(id_, finished_) = candidates.back();
  return step;
}

}  // namespace gateway::ledger
