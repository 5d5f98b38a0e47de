#include "ledger/schema.h"

#include <algorithm>
#include <array>

#include "gateway/settings.h"
#include "ledger/dialect.h"
#include "ledger/states.h"

namespace gateway::ledger {
namespace {

std::string Table(const std::string& name, const std::string& columns) {
  return "CREATE TABLE " + name + " (" + columns + ")";
}

std::string WithKey(const std::string& name, const std::string& columns) {
  return Table(name, "id " + std::string(dialect::kAutoKey) + ", state TEXT NOT NULL, " + columns);
}

// Times are BIGINT Unix milliseconds, flags SMALLINT. spool_key is NULL once the file may go.
void AddInboundTables(std::vector<std::string>& out) {
  out.push_back(WithKey("mail", R"(
    mailbox TEXT NOT NULL, uid_validity BIGINT, uid BIGINT, on_server SMALLINT NOT NULL,
    spool_key TEXT, size BIGINT NOT NULL, sha256 TEXT NOT NULL, fetched BIGINT NOT NULL, finished BIGINT,
    sender TEXT NOT NULL DEFAULT '', partner TEXT NOT NULL DEFAULT '', message_id TEXT NOT NULL DEFAULT '',
    signer TEXT NOT NULL DEFAULT '', set_id TEXT, set_part BIGINT, set_total BIGINT,
    tries INTEGER NOT NULL DEFAULT 0, next_try BIGINT NOT NULL DEFAULT 0, claimed_until BIGINT NOT NULL DEFAULT 0,
    error_code TEXT NOT NULL DEFAULT '', error_detail TEXT NOT NULL DEFAULT '',
    joined SMALLINT NOT NULL DEFAULT 0, joined_into BIGINT REFERENCES mail (id),
    fragment_sender TEXT, partial_id TEXT, fragment_number INTEGER, fragment_total INTEGER,
    duplicate SMALLINT NOT NULL DEFAULT 0)"));
  out.push_back(WithKey("instance", R"(
    direction TEXT NOT NULL, sop_class_uid TEXT NOT NULL, sop_instance_uid TEXT NOT NULL,
    transfer_syntax_uid TEXT NOT NULL, study_instance_uid TEXT NOT NULL, series_instance_uid TEXT NOT NULL,
    has_meta_header SMALLINT NOT NULL, dataset_offset BIGINT NOT NULL, file_size BIGINT NOT NULL,
    dataset_sha256 TEXT NOT NULL, spool_key TEXT, received BIGINT NOT NULL, finished BIGINT,
    calling_ae TEXT NOT NULL DEFAULT '', called_ae TEXT NOT NULL DEFAULT '',
    mail BIGINT REFERENCES mail (id), partner TEXT NOT NULL DEFAULT '')"));
  out.push_back(WithKey("delivery", R"(
    instance BIGINT NOT NULL REFERENCES instance (id), pacs TEXT NOT NULL, created BIGINT NOT NULL, finished BIGINT,
    tries INTEGER NOT NULL DEFAULT 0, next_try BIGINT NOT NULL DEFAULT 0, claimed_until BIGINT NOT NULL DEFAULT 0,
    error_code TEXT NOT NULL DEFAULT '', error_detail TEXT NOT NULL DEFAULT '', status INTEGER)"));
}

void AddOutboundTables(std::vector<std::string>& out) {
  out.push_back(WithKey("shipment", R"(
    partner TEXT NOT NULL, mailbox TEXT NOT NULL, rule TEXT NOT NULL, priority SMALLINT NOT NULL,
    release_mode TEXT NOT NULL, set_id TEXT NOT NULL, study_instance_uid TEXT NOT NULL,
    created BIGINT NOT NULL, last_instance BIGINT NOT NULL, closed BIGINT, finished BIGINT,
    instance_count BIGINT NOT NULL DEFAULT 0, message_total BIGINT NOT NULL DEFAULT 0,
    messages_sent BIGINT NOT NULL DEFAULT 0, messages_failed BIGINT NOT NULL DEFAULT 0)"));
  out.push_back(WithKey("message", R"(
    shipment BIGINT NOT NULL REFERENCES shipment (id), partner TEXT NOT NULL, mailbox TEXT NOT NULL,
    priority SMALLINT NOT NULL, part BIGINT NOT NULL, created BIGINT NOT NULL, finished BIGINT,
    tries INTEGER NOT NULL DEFAULT 0, next_try BIGINT NOT NULL DEFAULT 0, claimed_until BIGINT NOT NULL DEFAULT 0,
    error_code TEXT NOT NULL DEFAULT '', error_detail TEXT NOT NULL DEFAULT '',
    spool_key TEXT, size BIGINT NOT NULL DEFAULT 0, message_id TEXT NOT NULL DEFAULT '', date BIGINT,
    partial_id TEXT NOT NULL DEFAULT '', reply TEXT NOT NULL DEFAULT '')"));
  out.push_back(Table("message_fragment", R"(
    message BIGINT NOT NULL REFERENCES message (id), number INTEGER NOT NULL, total INTEGER NOT NULL,
    state TEXT NOT NULL, range_offset BIGINT NOT NULL, range_length BIGINT NOT NULL, message_id TEXT NOT NULL,
    reply TEXT NOT NULL DEFAULT '', sent BIGINT, PRIMARY KEY (message, number))"));
  out.push_back(Table("shipment_instance", R"(
    shipment BIGINT NOT NULL REFERENCES shipment (id), position BIGINT NOT NULL,
    instance BIGINT NOT NULL REFERENCES instance (id), message BIGINT REFERENCES message (id),
    PRIMARY KEY (shipment, position))"));
}

// Partial indices hold what is in flight only, so that claims cost the same with a million done rows. Those of claims
// begin with an equality of the claim's, though it be the index's own condition: else SQLite takes x_state and sorts.
void AddIndices(std::vector<std::string>& out) {
  static constexpr std::array kIndices{
      "INDEX instance_state ON instance (state, id)",
      "INDEX instance_sop ON instance (sop_instance_uid)",
      "INDEX instance_mail ON instance (mail)",
      "INDEX instance_file ON instance (spool_key) WHERE spool_key IS NOT NULL",
      "INDEX instance_forget ON instance (state, finished) WHERE spool_key IS NOT NULL AND finished IS NOT NULL",
      "INDEX shipment_state ON shipment (state, id)",
      "UNIQUE INDEX shipment_open ON shipment (partner, study_instance_uid, rule) WHERE state = 'open'",
      "INDEX shipment_quiet ON shipment (last_instance) WHERE state = 'open'",
      "INDEX shipment_instance_instance ON shipment_instance (instance)",
      "INDEX shipment_instance_message ON shipment_instance (message)",
      "INDEX message_state ON message (state, id)",
      "INDEX message_shipment ON message (shipment, part)",
      "INDEX message_file ON message (spool_key) WHERE spool_key IS NOT NULL",
      "INDEX message_seal ON message (state, priority, id, next_try, claimed_until) WHERE state = 'waiting'",
      "INDEX message_send ON message (mailbox, priority, id, next_try, claimed_until) WHERE state = 'sealed'",
      "INDEX message_unsent ON message (created) WHERE state IN ('waiting', 'sealed')",
      "INDEX mail_state ON mail (state, id)",
      "UNIQUE INDEX mail_uid ON mail (mailbox, uid_validity, uid) WHERE uid IS NOT NULL",
      "INDEX mail_on_server ON mail (mailbox, uid_validity, uid) WHERE on_server = 1",
      "INDEX mail_open ON mail (state, id, next_try, claimed_until) WHERE state = 'fetched'",
      "INDEX mail_fragment ON mail (fragment_sender, partial_id, fragment_number) WHERE partial_id IS NOT NULL",
      "INDEX mail_joined ON mail (joined_into, fragment_number) WHERE joined_into IS NOT NULL",
      "INDEX mail_file ON mail (spool_key) WHERE spool_key IS NOT NULL",
      "INDEX delivery_state ON delivery (state, id)",
      "UNIQUE INDEX delivery_instance ON delivery (instance, pacs)",
      "INDEX delivery_claim ON delivery (pacs, id, next_try, claimed_until) WHERE state = 'waiting'",
      "INDEX delivery_waiting ON delivery (created) WHERE state = 'waiting'",
  };
  for (const char* index : kIndices) out.push_back(std::string("CREATE ") + index);
}

struct Counted {
  std::string_view kind;
  std::vector<std::string_view> states;
};

void AddCountRows(const std::vector<Counted>& counted, std::vector<std::string>& out) {
  for (const Counted& kind : counted) {
    for (const std::string_view state : kind.states) {
      out.push_back("INSERT INTO state_count (kind, state, n) VALUES ('" + std::string(kind.kind) + "', '" +
                    std::string(state) + "', 0)");
    }
  }
}

void AddCounts(std::vector<std::string>& out) {
  out.push_back(Table("state_count",
                      "kind TEXT NOT NULL, state TEXT NOT NULL, n BIGINT NOT NULL, "
                      "PRIMARY KEY (kind, state)"));
  AddCountRows({{"instances_out", {"routed", "held", "dropped"}},
                {"instances_in", {"accepted", "stored", "undeliverable", "conflict", "dropped"}},
                {"shipments", {"open", "closed", "sent", "failed"}},
                {"messages", {"waiting", "sealed", "sent", "failed"}},
                {"mails", {"fetched", "opened", "fragment", "joined", "quarantined", "dropped"}},
                {"deliveries", {"waiting", "stored", "failed"}}},
               out);
  const auto add = [&out](const std::string& table, const std::string& kind) {
    for (std::string& trigger : dialect::CountTriggers(table, kind)) out.push_back(std::move(trigger));
  };
  add("instance", "CASE %ROW%.direction WHEN 'out' THEN 'instances_out' ELSE 'instances_in' END");
  add("shipment", "'shipments'");
  add("message", "'messages'");
  add("mail", "'mails'");
  add("delivery", "'deliveries'");
}

Migration First() {
  Migration migration{1, {}};
  AddInboundTables(migration.statements);
  AddOutboundTables(migration.statements);
  AddIndices(migration.statements);
  AddCounts(migration.statements);
  return migration;
}

// What receipts say of messages. sent_id: every Message-ID that a message or a fragment of it ever left under.
// mail.reports_on: the message. What refers to a row, and is never looked for by it, has no REFERENCES: they ask for an
// index.
void AddReceiptsOfMessages(std::vector<std::string>& out) {
  for (const char* column :
       {"messages_overdue", "messages_delivered", "messages_warned", "messages_refused", "messages_bounced"}) {
    out.push_back(std::string("ALTER TABLE shipment ADD COLUMN ") + column + " BIGINT NOT NULL DEFAULT 0");
  }
  for (const char* column : {"receipt_asked TEXT NOT NULL DEFAULT ''", "receipt_words TEXT NOT NULL DEFAULT ''",
                             "receipt_at BIGINT", "resends INTEGER NOT NULL DEFAULT 0"}) {
    out.push_back(std::string("ALTER TABLE message ADD COLUMN ") + column);
  }
  out.emplace_back("ALTER TABLE shipment ADD COLUMN document_count BIGINT NOT NULL DEFAULT 0");
  out.emplace_back("ALTER TABLE mail ADD COLUMN reports_on BIGINT");
  out.push_back(Table("sent_id", "message_id TEXT PRIMARY KEY, message BIGINT NOT NULL"));
  out.emplace_back(
      "INSERT INTO sent_id (message_id, message) SELECT message_id, id FROM message WHERE message_id <> '' "
      "ON CONFLICT (message_id) DO NOTHING");
  out.emplace_back(
      "INSERT INTO sent_id (message_id, message) SELECT message_id, message FROM message_fragment "
      "WHERE message_id <> '' ON CONFLICT (message_id) DO NOTHING");
}

// mail.waits_since: of a fragment, since when it waits for the others; anew when it had expired and others came after
// all. mail_duplicate, document_duplicate: what a mail carried that had come before with another one.
void AddReceptionTables(std::vector<std::string>& out) {
  out.emplace_back("ALTER TABLE mail ADD COLUMN waits_since BIGINT");
  out.emplace_back("UPDATE mail SET waits_since = fetched WHERE state = 'fragment'");
  out.push_back(WithKey("receipt", R"(
    mail BIGINT NOT NULL REFERENCES mail (id), partner TEXT NOT NULL, mailbox TEXT NOT NULL, kind TEXT NOT NULL,
    original_message_id TEXT NOT NULL, content_id TEXT NOT NULL,
    set_id TEXT, set_part BIGINT, set_total BIGINT, disposition TEXT NOT NULL, message_id TEXT NOT NULL,
    created BIGINT NOT NULL, finished BIGINT,
    tries INTEGER NOT NULL DEFAULT 0, next_try BIGINT NOT NULL DEFAULT 0, claimed_until BIGINT NOT NULL DEFAULT 0,
    error_code TEXT NOT NULL DEFAULT '', error_detail TEXT NOT NULL DEFAULT '', reply TEXT NOT NULL DEFAULT '')"));
  out.push_back(Table("mail_duplicate", R"(
    mail BIGINT NOT NULL REFERENCES mail (id), instance BIGINT NOT NULL REFERENCES instance (id),
    PRIMARY KEY (mail, instance))"));
  out.push_back(WithKey("received_set", R"(
    partner TEXT NOT NULL, set_id TEXT NOT NULL, study_instance_uid TEXT NOT NULL, total BIGINT NOT NULL,
    parts BIGINT NOT NULL DEFAULT 0, created BIGINT NOT NULL, last_part BIGINT NOT NULL, finished BIGINT)"));
  out.push_back(Table("received_part", R"(
    received_set BIGINT NOT NULL REFERENCES received_set (id), part BIGINT NOT NULL,
    mail BIGINT NOT NULL REFERENCES mail (id), PRIMARY KEY (received_set, part))"));
  out.push_back(WithKey("document", R"(
    direction TEXT NOT NULL, partner TEXT NOT NULL, mail BIGINT REFERENCES mail (id),
    shipment BIGINT, message BIGINT REFERENCES message (id),
    instance BIGINT REFERENCES instance (id), set_id TEXT NOT NULL DEFAULT '', study_id TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL, name TEXT NOT NULL, size BIGINT NOT NULL, sha256 TEXT NOT NULL, spool_key TEXT,
    received BIGINT NOT NULL, finished BIGINT, deadline BIGINT NOT NULL DEFAULT 0,
    tried_since BIGINT NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0, next_try BIGINT NOT NULL DEFAULT 0, claimed_until BIGINT NOT NULL DEFAULT 0,
    error_code TEXT NOT NULL DEFAULT '', error_detail TEXT NOT NULL DEFAULT '')"));
  out.push_back(Table("document_duplicate", R"(
    mail BIGINT NOT NULL REFERENCES mail (id), document BIGINT NOT NULL REFERENCES document (id),
    PRIMARY KEY (mail, document))"));
}

void AddReceptionIndices(std::vector<std::string>& out) {
  static constexpr std::array kIndices{
      "INDEX message_awaits ON message (state, finished) WHERE state = 'sent' AND receipt_asked <> ''",
      "INDEX message_overdue ON message (state, finished) WHERE state = 'overdue'",
      "INDEX shipment_study ON shipment (study_instance_uid)",
      "INDEX shipment_set ON shipment (set_id)",
      "INDEX receipt_state ON receipt (state, id)",
      "UNIQUE INDEX receipt_mail ON receipt (mail)",
      "UNIQUE INDEX receipt_original ON receipt (partner, original_message_id) WHERE original_message_id <> ''",
      "INDEX receipt_claim ON receipt (mailbox, id, next_try, claimed_until) WHERE state = 'due'",
      "INDEX mail_duplicate_instance ON mail_duplicate (instance)",
      "INDEX document_duplicate_document ON document_duplicate (document)",
      "INDEX received_set_state ON received_set (state, id)",
      "UNIQUE INDEX received_set_key ON received_set (partner, set_id)",
      "INDEX received_part_mail ON received_part (mail)",
      "INDEX received_set_study ON received_set (study_instance_uid)",
      "INDEX received_set_incomplete ON received_set (state, last_part) WHERE state = 'incomplete'",
      "INDEX mail_reports_on ON mail (reports_on) WHERE reports_on IS NOT NULL",
      "INDEX mail_fragment_waits ON mail (state, waits_since) WHERE state = 'fragment'",
      "INDEX instance_open ON instance (mail) WHERE state IN ('accepted', 'undeliverable')",
      "INDEX instance_reference ON instance (partner, study_instance_uid) WHERE direction = 'in' AND "
      "spool_key IS NOT NULL",
      "INDEX document_state ON document (state, id)",
      "INDEX document_mail ON document (mail)",
      "INDEX document_message ON document (message)",
      "INDEX document_instance ON document (instance)",
      "INDEX document_sha256 ON document (sha256, partner) WHERE direction = 'in'",
      "INDEX document_file ON document (spool_key) WHERE spool_key IS NOT NULL",
      "INDEX document_forget ON document (state, finished) WHERE spool_key IS NOT NULL AND finished IS NOT NULL",
      "INDEX document_lonely_set ON document (partner, set_id) WHERE state = 'quarantined' AND "
      "error_code = 'no-study-for-document'",
      "INDEX document_lonely_study ON document (partner, study_id) WHERE state = 'quarantined' AND "
      "error_code = 'no-study-for-document'",
      "INDEX document_claim ON document (state, id, next_try, claimed_until) WHERE state = 'waiting'",
  };
  for (const char* index : kIndices) out.push_back(std::string("CREATE ") + index);
}

// Receipts, received sets, non-DICOM documents.
Migration Second() {
  Migration migration{2, {}};
  std::vector<std::string>& out = migration.statements;
  AddReceiptsOfMessages(out);
  AddReceptionTables(out);
  AddReceptionIndices(out);
  const std::vector<std::string_view> answered{"overdue", "delivered", "warning", "refused", "bounced"};
  AddCountRows({{"shipments", answered},
                {"messages", answered},
                {"mails", {"report"}},
                {"receipts", {"waiting", "due", "sent", "failed"}},
                {"sets", {"incomplete", "overdue", "complete"}},
                {"documents_in", {"waiting", "converted", "filed", "kept", "quarantined", "dropped"}},
                {"documents_out", {"routed"}}},
               out);
  for (const auto& [table, kind] : {std::pair("receipt", "'receipts'"), std::pair("received_set", "'sets'"),
                                    std::pair("document",
                                              "CASE %ROW%.direction WHEN 'out' THEN 'documents_out' ELSE "
                                              "'documents_in' END")}) {
    for (std::string& trigger : dialect::CountTriggers(table, kind)) out.push_back(std::move(trigger));
  }
  return migration;
}

// What operators do. held: a person holds this row itself; a row is in state `held` as well while its shipment or its
// destination is held. woken: destinations that a person wants tried at once, whatever the daemon's back-off says.
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

// For the retention of rows: what is done, by the time since when.
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

// seen_signature: who signed what, once each; `mail` may be gone. mail.pardoned: why it was in quarantine when a person
// released it, each reason between commas.
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

// mail.priority, delivery.priority: as the mail's sender marked it (gateway::Priority). operator_act: what stands in no
// log yet. mail.fragment_sha256: of a fragment's content.
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

// Which words link a document to its study: those that are signed, or a person's. document.joined_to: the instance
// whose study a person named.
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

// away_destination: what is tried in vain just now, since when and why. operator_act.actor: who did it.
void AddDestinations(std::vector<std::string>& out) {
  out.push_back(Table("away_destination",
                      "kind TEXT NOT NULL, name TEXT NOT NULL, since BIGINT NOT NULL, error_code TEXT NOT NULL, "
                      "error_detail TEXT NOT NULL, PRIMARY KEY (kind, name)"));
  out.emplace_back("ALTER TABLE operator_act ADD COLUMN actor TEXT NOT NULL DEFAULT ''");
  out.emplace_back("CREATE INDEX instance_study ON instance (study_instance_uid) WHERE direction = 'in'");
  out.emplace_back("CREATE INDEX mail_quarantined ON mail (state, partner, finished, id) WHERE state = 'quarantined'");
}

// sent_id.nonce: the secret inside that copy. receipt.nonce: of the mail that it answers; NULL: nobody had looked.
// receipt.signature: of two mails under one Message-ID each has its receipt. message.partner_...: whom it was sealed
// for. partner_memory: what partners' software and mail servers showed, by their keys.
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
  // How often the message came back for a reason that passes, and since when.
  out.emplace_back("ALTER TABLE message ADD COLUMN returns INTEGER NOT NULL DEFAULT 0");
  out.emplace_back("ALTER TABLE message ADD COLUMN returned_since BIGINT");
  out.emplace_back("CREATE INDEX receipt_message_id ON receipt (message_id)");
}

// mail.folder: UIDs are those of a folder. mail.named_size: RFC822.SIZE, NULL: the server named none. mail.turn: when
// it is opened, by the number of ledger::Turn. mail.aged_out: dropped by a limit of the quarantine, not by a person.
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

// instance.digest: of base/instance_digest.h, to compare by long after the file is gone. instance.difference: from an
// earlier one of the same UID, in words; empty: none.
void AddDigests(std::vector<std::string>& out) {
  for (const char* column : {"digest", "difference"}) {
    out.push_back(std::string("ALTER TABLE instance ADD COLUMN ") + column + " TEXT NOT NULL DEFAULT ''");
  }
}

// Not released yet: what is new goes here. delivery.in_doubt: a C-STORE of it got no answer.
Migration Fifth() {
  Migration migration{5, {}};
  AddFolders(migration.statements);
  migration.statements.emplace_back("ALTER TABLE delivery ADD COLUMN in_doubt SMALLINT NOT NULL DEFAULT 0");
  AddSignedWords(migration.statements);
  AddDestinations(migration.statements);
  AddReceiptSecrets(migration.statements);
  AddDigests(migration.statements);
  return migration;
}

// "CREATE UNIQUE INDEX name ..." -> name; empty for other statements.
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

}  // namespace

const std::vector<Migration>& Migrations() {
  static const std::vector<Migration> kAll{First(), Second(), Third(), Fourth(), Fifth()};
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
  for (const Migration& migration : Migrations()) {
    for (const std::string& statement : migration.statements) {
      const std::string name = CreatedName(statement);
      if (!name.empty() && std::find(objects.begin(), objects.end(), name) == objects.end()) return "no " + name;
    }
  }
  for (const std::string table :
       {"mail", "instance", "delivery", "shipment", "message", "receipt", "received_set", "document"}) {
    session.First<std::string>("SELECT state FROM " + table + " ORDER BY id LIMIT 1");
    session.First<std::string>("SELECT state FROM " + table + " ORDER BY id DESC LIMIT 1");
  }
  session.First<std::int64_t>("SELECT message FROM message_fragment LIMIT 1");
  session.First<std::int64_t>("SELECT shipment FROM shipment_instance LIMIT 1");
  std::size_t states = 0;
  for (const KindStates& kind : AllStates()) states += kind.states.size();
  if (session.Column1<std::int64_t>("SELECT n FROM state_count").size() != states) return "no counts";
  return {};
}

}  // namespace gateway::ledger
