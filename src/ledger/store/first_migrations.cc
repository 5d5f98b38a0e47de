// The statements of schema versions 1 and 2.
#include <array>
#include <utility>

#include "ledger/store/migrations.h"
#include "ledger/store/sqlite/dialect.h"

namespace gateway::ledger {
namespace {

// Times are Unix milliseconds in BIGINT, and flags are SMALLINT. spool_key is NULL once the file
// may go.
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

// Partial indices hold only what is in flight, so that claims cost the same with a million finished
// rows. An index for claims begins with a column for which the claim asks equality, even if this
// only repeats the index's condition. Otherwise SQLite uses x_state and sorts.
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

// The receipts for messages. sent_id: every Message-ID under which a message or a fragment of it
// ever left. mail.reports_on: the message that the mail reports on. Columns that refer to a row,
// and by which nobody searches, have no REFERENCES, because these would need an index.
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

// mail.waits_since: since when a fragment waits for the others; set anew when it had expired and
// others came after all. mail_duplicate, document_duplicate: what a mail carried although it had
// come before with another mail.
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

}  // namespace

Migration First() {
  Migration migration{1, {}};
  AddInboundTables(migration.statements);
  AddOutboundTables(migration.statements);
  AddIndices(migration.statements);
  AddCounts(migration.statements);
  return migration;
}

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

}  // namespace gateway::ledger
