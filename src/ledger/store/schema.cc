#include "ledger/store/schema.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "gateway/priority.h"
#include "ledger/states.h"
#include "ledger/store/migrations.h"
#include "ledger/store/sqlite/dialect.h"

namespace gateway::ledger {

std::string Table(const std::string& name, const std::string& columns) {
  return "CREATE TABLE " + name + " (" + columns + ")";
}

std::string WithKey(const std::string& name, const std::string& columns) {
  return Table(name, "id " + std::string(dialect::kAutoKey) + ", state TEXT NOT NULL, " + columns);
}

void AddCountRows(const std::vector<Counted>& counted, std::vector<std::string>& out) {
  for (const Counted& kind : counted) {
    for (const std::string_view state : kind.states) {
      out.push_back("INSERT INTO state_count (kind, state, n) VALUES ('" + std::string(kind.kind) + "', '" +
                    std::string(state) + "', 0)");
    }
  }
}

namespace {

// Adds what the acts of operators need. `held` says that a person holds this row itself. While its
// shipment or its destination is held, a row is in state `held` as well. `woken` has the
// destinations that a person wants tried at once, despite the daemon's back-off.
void AddOperatorActs(std::vector<std::string>& out) {
  for (const char* table : {"shipment", "message", "delivery"}) {
    out.push_back(std::string("ALTER TABLE ") + table + " ADD COLUMN held SMALLINT NOT NULL DEFAULT 0");
  }
  out.emplace_back("ALTER TABLE shipment ADD COLUMN messages_cancelled BIGINT NOT NULL DEFAULT 0");
  out.push_back(Table("held_destination", R"(
    kind TEXT NOT NULL, name TEXT NOT NULL, since BIGINT NOT NULL, PRIMARY KEY (kind, name))"));
  out.push_back(Table("woken", R"(
    kind TEXT NOT NULL, name TEXT NOT NULL, times BIGINT NOT NULL, PRIMARY KEY (kind, name))"));
  AddCountRows({{"shipments", {"cancelled"}},
                {"messages", {"held", "cancelled"}},
                {"deliveries", {"held", "cancelled"}},
                {"receipts", {"held"}}},
               out);
}

// The retention of rows finds the finished items here by the time at which they were finished.
void AddRetentionIndices(std::vector<std::string>& out) {
  static constexpr std::array kIndices{
      "INDEX shipment_held ON shipment (held) WHERE held = 1",
      "INDEX shipment_done ON shipment (state, finished, id) WHERE finished IS NOT NULL",
      "INDEX mail_done ON mail (state, finished, id) WHERE finished IS NOT NULL",
      "INDEX received_set_done ON received_set (state, last_part, id) WHERE state = 'complete'",
      "INDEX instance_done ON instance (state, finished, id) WHERE direction = 'out' AND spool_key IS NULL AND "
      "finished IS NOT NULL",
      "INDEX sent_id_message ON sent_id (message)",
  };
  for (const char* index : kIndices) out.push_back(std::string("CREATE ") + index);
}

// seen_signature: who signed what, each signature once. Its `mail` may be gone. mail.pardoned: the
// reasons, between commas, for which a mail was in quarantine when a person released it.
void AddSignatures(std::vector<std::string>& out) {
  out.push_back(Table("seen_signature",
                      "id TEXT PRIMARY KEY, mail BIGINT NOT NULL, message_id TEXT NOT NULL, mail_sha256 TEXT NOT NULL, "
                      "created BIGINT NOT NULL, seen BIGINT NOT NULL"));
  out.emplace_back("CREATE INDEX seen_signature_created ON seen_signature (created)");
  out.emplace_back("ALTER TABLE mail ADD COLUMN pardoned TEXT NOT NULL DEFAULT ''");
}

Migration Third() {
  Migration migration{3, {}};
  AddOperatorActs(migration.statements);
  AddRetentionIndices(migration.statements);
  AddSignatures(migration.statements);
  return migration;
}

// mail.priority, delivery.priority: the priority that the mail's sender gave it
// (gateway::Priority). operator_act: the acts that are in no log yet. mail.fragment_sha256: the
// hash of a fragment's content.
Migration Fourth() {
  const std::string normal = std::to_string(static_cast<int>(Priority::normal));
  const std::string column = " ADD COLUMN priority SMALLINT NOT NULL DEFAULT " + normal;
  const std::string waiting = " WHERE state = 'waiting'";
  return {4,
          {"ALTER TABLE mail" + column, "ALTER TABLE delivery" + column, "DROP INDEX mail_open",
           "DROP INDEX delivery_claim", "ALTER TABLE mail ADD COLUMN fragment_sha256 TEXT NOT NULL DEFAULT ''",
           Table("operator_act", "id " + std::string(dialect::kAutoKey) +
                                     ", at BIGINT NOT NULL, what TEXT NOT NULL, item TEXT NOT NULL"),
           "CREATE INDEX mail_open ON mail (state, priority, id, next_try, claimed_until) WHERE state = 'fetched'",
           "CREATE INDEX delivery_claim ON delivery (pacs, priority, id, next_try, claimed_until)" + waiting}};
}

// The words that link a document to its study: only signed ones do, or a person's.
// document.joined_to: the instance whose study a person named.
void AddSignedWords(std::vector<std::string>& out) {
  for (const char* column : {"set_signed SMALLINT NOT NULL DEFAULT 1", "by_mail SMALLINT NOT NULL DEFAULT 1",
                             "claimed_study_id TEXT NOT NULL DEFAULT ''", "joined_to BIGINT"}) {
    out.push_back(std::string("ALTER TABLE document ADD COLUMN ") + column);
  }
  out.emplace_back("ALTER TABLE received_set ADD COLUMN claimed_study TEXT NOT NULL DEFAULT ''");
  for (const char* column : {"set", "study"}) {
    const std::string name = std::string("document_lonely_") + column;
    out.push_back("DROP INDEX " + name);
    out.push_back("CREATE INDEX " + name + " ON document (partner, " + column +
                  "_id) WHERE state = 'quarantined' AND error_code IN ('no-study-for-document', 'study-not-signed')");
  }
}

// away_destination: the destinations that fail at present, since when and why. operator_act.actor:
// the person who did it.
void AddDestinations(std::vector<std::string>& out) {
  out.push_back(Table("away_destination",
                      "kind TEXT NOT NULL, name TEXT NOT NULL, since BIGINT NOT NULL, error_code TEXT NOT NULL, "
                      "error_detail TEXT NOT NULL, PRIMARY KEY (kind, name)"));
  out.emplace_back("ALTER TABLE operator_act ADD COLUMN actor TEXT NOT NULL DEFAULT ''");
  out.emplace_back("CREATE INDEX instance_study ON instance (study_instance_uid) WHERE direction = 'in'");
  out.emplace_back("CREATE INDEX mail_quarantined ON mail (state, partner, finished, id) WHERE state = 'quarantined'");
}

// sent_id.nonce: the secret inside that copy. receipt.nonce: the secret of the mail that the
// receipt answers; NULL means that nobody had looked. receipt.signature: lets each of two mails
// under one Message-ID have its receipt. message.partner_...: for whom it was sealed.
// partner_memory: what was learned about partners' software and mail servers, by their keys.
void AddReceiptSecrets(std::vector<std::string>& out) {
  const std::string text = " TEXT NOT NULL DEFAULT ''";
  out.push_back("ALTER TABLE sent_id ADD COLUMN nonce" + text);
  out.emplace_back("CREATE INDEX sent_id_nonce ON sent_id (nonce) WHERE nonce <> ''");
  out.emplace_back("ALTER TABLE receipt ADD COLUMN nonce TEXT");
  out.push_back("ALTER TABLE receipt ADD COLUMN signature" + text);
  out.emplace_back("DROP INDEX receipt_original");
  out.emplace_back(
      "CREATE UNIQUE INDEX receipt_original ON receipt (partner, original_message_id, signature) "
      "WHERE original_message_id <> ''");
  out.push_back("ALTER TABLE message ADD COLUMN partner_address" + text);
  out.push_back("ALTER TABLE message ADD COLUMN partner_key" + text);
  out.push_back(Table("partner_memory",
                      "partner_key TEXT PRIMARY KEY, nonce_since BIGINT, unmatched BIGINT NOT NULL DEFAULT 0, "
                      "rewrites SMALLINT NOT NULL DEFAULT 0, size_limit BIGINT NOT NULL DEFAULT 0, "
                      "size_limit_at BIGINT NOT NULL DEFAULT 0, returned BIGINT NOT NULL DEFAULT 0"));
  // These count how often the message came back for a temporary reason, and note since when.
  out.emplace_back("ALTER TABLE message ADD COLUMN returns INTEGER NOT NULL DEFAULT 0");
  out.emplace_back("ALTER TABLE message ADD COLUMN returned_since BIGINT");
  // A mail may enclose others, and each of them may ask for a receipt.
  out.emplace_back("DROP INDEX receipt_mail");
  out.emplace_back("CREATE UNIQUE INDEX receipt_mail ON receipt (mail, original_message_id)");
  out.emplace_back("CREATE INDEX receipt_message_id ON receipt (message_id)");
}

// mail.folder: a UID is unique only within its folder. mail.named_size: RFC822.SIZE; NULL means
// that the server named none. mail.turn: when the mail is opened, as the number of ledger::Turn.
// mail.aged_out: a limit of the quarantine dropped the mail, and no person did.
void AddFolders(std::vector<std::string>& out) {
  static constexpr std::array kStatements{
      "ALTER TABLE mail ADD COLUMN folder TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE mail ADD COLUMN named_size BIGINT",
      "ALTER TABLE mail ADD COLUMN turn SMALLINT NOT NULL DEFAULT 1",
      "ALTER TABLE mail ADD COLUMN aged_out SMALLINT NOT NULL DEFAULT 0",
      "UPDATE mail SET turn = priority WHERE state = 'fetched'",
      "DROP INDEX mail_open",
      "CREATE INDEX mail_open ON mail (state, turn, id, next_try, claimed_until) WHERE state = 'fetched'",
      "DROP INDEX mail_uid",
      "DROP INDEX mail_on_server",
      "CREATE UNIQUE INDEX mail_uid ON mail (mailbox, folder, uid_validity, uid) WHERE uid IS NOT NULL",
      "CREATE INDEX mail_on_server ON mail (mailbox, folder, uid_validity, uid) WHERE on_server = 1",
  };
  out.insert(out.end(), kStatements.begin(), kStatements.end());
}

// instance.digest: the digest of base/instance_digest.h, which serves for comparisons long after
// the file is gone. instance.difference: how the instance differs from an earlier one of the same
// UID, in words; empty if it does not.
void AddDigests(std::vector<std::string>& out) {
  for (const char* column : {"digest", "difference"}) {
    out.push_back(std::string("ALTER TABLE instance ADD COLUMN ") + column + " TEXT NOT NULL DEFAULT ''");
  }
}

// mail.in_name_of: the partner whose address the header gives as the sender, or '' if it is
// nobody's. mail.place: the mail's place within its turn (opening_place.h). opening_place: the last
// place that was reached.
void AddPlaces(std::vector<std::string>& out) {
  out.emplace_back("ALTER TABLE mail ADD COLUMN in_name_of TEXT NOT NULL DEFAULT ''");
  out.emplace_back("ALTER TABLE mail ADD COLUMN place BIGINT NOT NULL DEFAULT 0");
  out.emplace_back("DROP INDEX mail_open");
  out.emplace_back(
      "CREATE INDEX mail_open ON mail (state, turn, place, id, next_try, claimed_until) WHERE state = 'fetched'");
  out.emplace_back("CREATE INDEX mail_of_sender ON mail (in_name_of, turn, place) WHERE state = 'fetched'");
  out.push_back(Table("opening_place", "turn SMALLINT NOT NULL PRIMARY KEY, place BIGINT NOT NULL"));
  out.emplace_back("INSERT INTO opening_place (turn, place) VALUES (0, 0), (1, 0), (2, 0), (3, 0)");
}

// delivery.given: of two deliveries under one SOP Instance UID, the one with the higher number was
// given to a PACS later (given_last.h).
void AddGiven(std::vector<std::string>& out) {
  out.emplace_back("ALTER TABLE delivery ADD COLUMN given BIGINT NOT NULL DEFAULT 0");
  out.emplace_back("UPDATE delivery SET given = COALESCE(finished, created) WHERE state = 'stored'");
}

// delivery.decided: of two deliveries under one SOP Instance UID, the one with the higher number
// was decided later (given_last.h).
void AddDecided(std::vector<std::string>& out) {
  out.emplace_back("ALTER TABLE delivery ADD COLUMN decided BIGINT NOT NULL DEFAULT 0");
  out.emplace_back("UPDATE delivery SET decided = id");
}

// given_before: what a PACS was given by a delivery that a person has since sent to another PACS
// (given_last.h).
void AddGivenBefore(std::vector<std::string>& out) {
  out.push_back(Table("given_before",
                      "instance BIGINT NOT NULL REFERENCES instance (id), pacs TEXT NOT NULL, given BIGINT NOT NULL, "
                      "decided BIGINT NOT NULL, PRIMARY KEY (instance, pacs)"));
}

// file_size, file_sha256: for a fragment whose file is not the mail that was fetched, because it
// came wrapped, or in fragments itself.
void AddFragmentFiles(std::vector<std::string>& out) {
  out.emplace_back("ALTER TABLE mail ADD COLUMN file_size BIGINT");
  out.emplace_back("ALTER TABLE mail ADD COLUMN file_sha256 TEXT NOT NULL DEFAULT ''");
}

// delivery.in_doubt: a C-STORE of the delivery got no answer.
Migration Fifth() {
  Migration migration{5, {}};
  AddFolders(migration.statements);
  migration.statements.emplace_back("ALTER TABLE delivery ADD COLUMN in_doubt SMALLINT NOT NULL DEFAULT 0");
  AddSignedWords(migration.statements);
  AddDestinations(migration.statements);
  AddReceiptSecrets(migration.statements);
  AddDigests(migration.statements);
  AddPlaces(migration.statements);
  AddGiven(migration.statements);
  AddDecided(migration.statements);
  AddFragmentFiles(migration.statements);
  return migration;
}

// mail.identity takes the place of UIDVALIDITY and UID, so that a mail may come from any kind of
// mailbox. NULL means that the server no longer knows the mail by it. Only the mail::MailSource
// reads the text.
void AddIdentities(std::vector<std::string>& out) {
  static constexpr std::array kStatements{
      "DROP INDEX mail_uid",
      "DROP INDEX mail_on_server",
      "ALTER TABLE mail ADD COLUMN identity TEXT",
      "UPDATE mail SET identity = CAST(uid_validity AS TEXT) || ':' || CAST(uid AS TEXT) WHERE uid IS NOT NULL",
      "ALTER TABLE mail DROP COLUMN uid_validity",
      "ALTER TABLE mail DROP COLUMN uid",
      "CREATE UNIQUE INDEX mail_identity ON mail (mailbox, folder, identity) WHERE identity IS NOT NULL",
      "CREATE INDEX mail_on_server ON mail (mailbox, folder, identity) WHERE on_server = 1",
  };
  out.insert(out.end(), kStatements.begin(), kStatements.end());
}

// overruled_reason: the reasons for which a mail was in quarantine when a person released it. A
// reason that a person has overruled does not keep the mail a second time. Before, the column
// mail.pardoned held all codes of a mail, each between its own commas. The statement takes them
// apart letter by letter, because SQLite and PostgreSQL have different functions to find a comma.
void AddOverruledReasons(std::vector<std::string>& out) {
  out.push_back(Table("overruled_reason", "mail BIGINT NOT NULL, code TEXT NOT NULL, PRIMARY KEY (mail, code)"));
  out.emplace_back(
      "INSERT INTO overruled_reason (mail, code) WITH RECURSIVE letters (mail, rest, word) AS (SELECT id, pardoned || "
      "',', '' FROM mail WHERE pardoned <> '' UNION ALL SELECT mail, substr(rest, 2), CASE WHEN substr(rest, 1, 1) = "
      "',' THEN '' ELSE word || substr(rest, 1, 1) END FROM letters WHERE rest <> '') SELECT DISTINCT mail, word FROM "
      "letters WHERE word <> '' AND substr(rest, 1, 1) = ','");
  out.emplace_back("ALTER TABLE mail DROP COLUMN pardoned");
}

// claimed_by: the node that claimed the row last. '' means that nobody knows, as in older ledgers.
void AddOwners(std::vector<std::string>& out) {
  for (const char* table : {"message", "mail", "delivery", "receipt", "document"}) {
    out.push_back(std::string("ALTER TABLE ") + table + " ADD COLUMN claimed_by TEXT NOT NULL DEFAULT ''");
  }
}

// derived: the changed copies of instances, as long as their files are kept.
// shipment_instance.derived and delivery.derived name the copy that a message or a delivery
// carries. derived.forgotten: the file of the original is not kept any more, so the copy's file may
// go (rules/derived_files.h).
void AddDerived(std::vector<std::string>& out) {
  out.push_back(Table(
      "derived", "id " + std::string(dialect::kAutoKey) +
                     ", instance BIGINT NOT NULL, spool_key TEXT NOT NULL, size BIGINT NOT NULL, "
                     "sha256 TEXT NOT NULL, sop_class_uid TEXT NOT NULL, sop_instance_uid TEXT NOT "
                     "NULL, transfer_syntax_uid TEXT NOT NULL, study_instance_uid TEXT NOT NULL, "
                     "dataset_offset BIGINT NOT NULL, created BIGINT NOT NULL, forgotten SMALLINT NOT NULL DEFAULT 0"));
  out.emplace_back("CREATE INDEX derived_file ON derived (spool_key)");
  out.emplace_back("CREATE INDEX derived_instance ON derived (instance)");
  out.emplace_back("CREATE INDEX derived_forgotten ON derived (forgotten, id) WHERE forgotten = 1");
  out.emplace_back("ALTER TABLE shipment_instance ADD COLUMN derived BIGINT");
  out.emplace_back("ALTER TABLE delivery ADD COLUMN derived BIGINT");
}

Migration Sixth() {
  Migration migration{6, {}};
  AddIdentities(migration.statements);
  AddOverruledReasons(migration.statements);
  AddGivenBefore(migration.statements);
  AddOwners(migration.statements);
  AddDerived(migration.statements);
  return migration;
}

// delivery.rule: the inbound rule that named the PACS, which says what changes on the way. '' means
// that no rule did, as in older ledgers. changes: 1 if the rule changed instances when it named the
// destination. Then nothing goes as it came if the configuration has lost the rule.
void AddRules(std::vector<std::string>& out) {
  out.emplace_back("ALTER TABLE delivery ADD COLUMN rule TEXT NOT NULL DEFAULT ''");
  for (const char* const table : {"shipment", "delivery"}) {
    out.push_back("ALTER TABLE " + std::string(table) + " ADD COLUMN changes SMALLINT NOT NULL DEFAULT 0");
  }
}

// replaced_identifier: which identifier stands for which old one in the copies that went to a
// partner or came from one. used: when a copy was last made with it.
void AddReplacedIdentifiers(std::vector<std::string>& out) {
  out.push_back(Table("replaced_identifier",
                      "id " + std::string(dialect::kAutoKey) +
                          ", kind TEXT NOT NULL, new_value TEXT NOT NULL, old_value TEXT NOT NULL, partner TEXT NOT "
                          "NULL, used BIGINT NOT NULL"));
  out.emplace_back(
      "CREATE UNIQUE INDEX replaced_identifier_pair ON replaced_identifier (kind, new_value, partner, old_value)");
  out.emplace_back("CREATE INDEX replaced_identifier_used ON replaced_identifier (used)");
}

// series_instance_uid: of a shipment that collects one series; '' for all others. own_completion: 1
// if the rule has a section `complete`, which says when the shipment is closed.
void AddCollection(std::vector<std::string>& out) {
  out.emplace_back("ALTER TABLE shipment ADD COLUMN own_completion SMALLINT NOT NULL DEFAULT 0");
  out.emplace_back("ALTER TABLE shipment ADD COLUMN series_instance_uid TEXT NOT NULL DEFAULT ''");
  out.emplace_back("DROP INDEX shipment_open");
  out.emplace_back(
      "CREATE UNIQUE INDEX shipment_open ON shipment (partner, study_instance_uid, rule, series_instance_uid) WHERE "
      "state = 'open'");
}

// service_request: a shipment that is a request to a service. match_by, result_within (in
// milliseconds): by what a result is found, and when it is expected, as the configuration said
// then. answered: when the first result came. told_late, told_failed: when the alarm was raised.
// service_result: an instance that answers a request.
void AddServices(std::vector<std::string>& out) {
  out.push_back(
      Table("service_request",
            "shipment BIGINT NOT NULL PRIMARY KEY REFERENCES shipment (id), service TEXT NOT NULL, match_by "
            "TEXT NOT NULL, result_within BIGINT NOT NULL, answered BIGINT, told_late BIGINT, told_failed BIGINT"));
  out.emplace_back("CREATE INDEX service_request_service ON service_request (service, answered)");
  out.emplace_back("CREATE INDEX service_request_waiting ON service_request (shipment) WHERE answered IS NULL");
  out.push_back(Table("service_result",
                      "shipment BIGINT NOT NULL REFERENCES service_request (shipment), instance BIGINT NOT NULL "
                      "REFERENCES instance (id), received BIGINT NOT NULL, PRIMARY KEY (shipment, instance)"));
  out.emplace_back("CREATE INDEX service_result_instance ON service_result (instance)");
}

// shipment.fallback_since: since when the partner's answer is awaited before the study also goes to
// the rule's fallback (rules/fallback_wait.h); NULL: it goes to nobody else. fallback_of: the
// shipment in whose place this one goes.
void AddFallbacks(std::vector<std::string>& out) {
  for (const char* const column : {"fallback_since", "fallback_of"}) {
    out.push_back("ALTER TABLE shipment ADD COLUMN " + std::string(column) + " BIGINT");
  }
  out.emplace_back(
      "CREATE INDEX shipment_fallback ON shipment (state, fallback_since) WHERE fallback_since IS NOT NULL");
  out.emplace_back("CREATE INDEX shipment_fallback_of ON shipment (fallback_of) WHERE fallback_of IS NOT NULL");
}

// message.window_opens: the opening of its time window for which the message waits or waited; 0:
// none. at_once: a person wants it to leave outside of its time window as well.
void AddWindows(std::vector<std::string>& out) {
  out.emplace_back("ALTER TABLE message ADD COLUMN window_opens BIGINT NOT NULL DEFAULT 0");
  out.emplace_back("ALTER TABLE message ADD COLUMN at_once SMALLINT NOT NULL DEFAULT 0");
}

// This migration is not released yet, so new statements go here.
Migration Seventh() {
  Migration migration{7, {}};
  // For what has come of a study so far (Intake::StudySoFar()).
  migration.statements.emplace_back(
      "CREATE INDEX instance_sent_study ON instance (study_instance_uid) WHERE direction = 'out'");
  AddRules(migration.statements);
  AddReplacedIdentifiers(migration.statements);
  AddCollection(migration.statements);
  AddServices(migration.statements);
  AddFallbacks(migration.statements);
  AddWindows(migration.statements);
  return migration;
}

// Returns the name in "CREATE UNIQUE INDEX name ...", and nothing for other statements.
std::string CreatedName(const std::string& statement) {
  if (!statement.starts_with("CREATE ")) return {};
  for (const std::string_view word : {"TABLE ", "INDEX ", "TRIGGER "}) {
    const auto at = statement.find(word);
    if (at == std::string::npos || at > sizeof "CREATE UNIQUE") continue;
    const auto begin = at + word.size();
    return statement.substr(begin, statement.find(' ', begin) - begin);
  }
  return {};
}

// Returns the tables, indices and triggers that a migration made and no later one dropped.
std::set<std::string> NamesOfToday() {
  constexpr std::string_view kDrop = "DROP INDEX ";
  std::set<std::string> names;
  for (const Migration& migration : Migrations()) {
    for (const std::string& statement : migration.statements) {
      if (statement.starts_with(kDrop)) names.erase(statement.substr(kDrop.size()));
      if (std::string name = CreatedName(statement); !name.empty()) names.insert(std::move(name));
    }
  }
  return names;
}

}  // namespace

const std::vector<Migration>& Migrations() {
  static const std::vector<Migration> kAll{First(), Second(), Third(), Fourth(), Fifth(), Sixth(), Seventh()};
  return kAll;
}

std::int64_t SchemaVersion(Session& session) {
  const std::vector<std::string> objects = dialect::SchemaObjects(session);
  if (std::find(objects.begin(), objects.end(), "ledger_schema") == objects.end()) return 0;
  return session.First<std::int64_t>("SELECT MAX(version) FROM ledger_schema").value_or(0);
}

void Migrate(Session& session, std::span<const Migration> migrations, Time now) {
  const std::int64_t version = SchemaVersion(session);
  if (version == 0) {
    session.Execute(Table("ledger_schema", "version INTEGER NOT NULL PRIMARY KEY, applied BIGINT NOT NULL"));
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= version) continue;
    for (const std::string& statement : migration.statements) session.Execute(statement);
    session.Execute("INSERT INTO ledger_schema (version, applied) VALUES (:version, :now)", migration.version, now);
  }
}

std::string FindDamage(Session& session) {
  const std::vector<std::string> objects = dialect::SchemaObjects(session);
  for (const std::string& name : NamesOfToday()) {
    if (std::find(objects.begin(), objects.end(), name) == objects.end()) return "no " + name;
  }
  for (const KindStates& kind : AllStates()) {
    const std::string table(kind.table);
    session.First<std::string>("SELECT state FROM " + table + " ORDER BY id LIMIT 1");
    session.First<std::string>("SELECT state FROM " + table + " ORDER BY id DESC LIMIT 1");
  }
  session.First<std::int64_t>("SELECT message FROM message_fragment LIMIT 1");
  session.First<std::int64_t>("SELECT shipment FROM shipment_instance LIMIT 1");
  std::size_t states = 0;
  for (const KindStates& kind : AllStates()) states += kind.states.size();
  if (session.FirstColumn<std::int64_t>("SELECT n FROM state_count").size() != states) return "no counts";
  return {};
}

}  // namespace gateway::ledger
