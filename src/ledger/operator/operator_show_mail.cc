// `show` for received mails.
#include <tuple>

#include "ledger/operator/operator_show.h"

namespace gateway::ledger {
namespace {

std::optional<MailDetails::AsFragment> LoadAsFragment(Session& session, std::int64_t mail) {
  MailDetails::AsFragment as_fragment;
  std::tie(as_fragment.id, as_fragment.number, as_fragment.total, as_fragment.joined_into, as_fragment.duplicate) =
      *session.Row<std::string, std::int64_t, std::int64_t, std::optional<std::int64_t>, bool>(
          "SELECT partial_id, fragment_number, fragment_total, joined_into, duplicate FROM mail WHERE id = :id", mail);
  if (as_fragment.id.empty()) return std::nullopt;
  return as_fragment;
}

// Loads what links the mail to other items.
void LoadLinks(Session& session, MailDetails& mail) {
  if (mail.set) {
    mail.received_sets = session.FirstColumn<std::int64_t>(
        "SELECT id FROM received_set WHERE partner = :partner AND set_id = :set_id", mail.partner, mail.set->id);
  }
  mail.reports_on =
      session.First<std::int64_t>("SELECT reports_on FROM mail WHERE id = :id AND reports_on IS NOT NULL", mail.id);
  mail.duplicates = session.FirstColumn<std::int64_t>(
      "SELECT instance FROM mail_duplicate WHERE mail = :id ORDER BY instance LIMIT :limit", mail.id, kMaxChildren);
  mail.receipts = session.FirstColumn<std::int64_t>("SELECT id FROM receipt WHERE mail = :id", mail.id);
}

void LoadContents(Session& session, MailDetails& mail) {
  for (const auto& [id, state] : session.Rows<std::int64_t, InstanceState>(
           "SELECT id, state FROM instance WHERE mail = :id ORDER BY id LIMIT :limit", mail.id, kMaxChildren)) {
    mail.instances.push_back({id, state, LoadDeliveries(session, id)});
  }
  for (const auto& [id, state] : session.Rows<std::int64_t, DocumentState>(
           "SELECT id, state FROM document WHERE mail = :id ORDER BY id LIMIT :limit", mail.id, kMaxChildren)) {
    mail.documents.push_back({id, state});
  }
  // A fragment can itself be a joined mail. Its own fragments are in its own details, and not here.
  for (const auto& [fragment, number, state, size] : session.Rows<std::int64_t, std::int64_t, MailState, std::int64_t>(
           "SELECT id, fragment_number, state, size FROM mail WHERE joined_into = :id AND duplicate = 0 "
           "ORDER BY fragment_number LIMIT :limit",
           mail.id, kMaxChildren)) {
    mail.fragments.push_back({fragment, state, number, size});
  }
}

}  // namespace

std::optional<MailDetails> LoadMail(Session& session, std::int64_t id) {
  const auto row = session.Row<MailState, std::string, std::int64_t, Time, std::optional<Time>, std::string, bool>(
      "SELECT state, mailbox, size, fetched, finished, spool_key, on_server FROM mail WHERE id = :id", id);
  if (!row) return std::nullopt;
  MailDetails mail;
  mail.id = id;
  std::tie(mail.state, mail.mailbox, mail.size, mail.fetched, mail.finished, mail.spool_key, mail.on_server) = *row;
  std::tie(mail.sender, mail.partner, mail.message_id, mail.signer) =
      *session.Row<std::string, std::string, std::string, std::string>(
          "SELECT sender, partner, message_id, signer FROM mail WHERE id = :id", id);
  mail.set = LoadSetPart(session, {ItemKind::mail, id});
  mail.attempts = LoadAttempts(session, {ItemKind::mail, id});
  mail.as_fragment = LoadAsFragment(session, id);
  LoadLinks(session, mail);
  LoadContents(session, mail);
  return mail;
}

}  // namespace gateway::ledger
