// Records an opened mail in one transaction: its instances, their deliveries, its documents and
// receipt, and the mail's own fate.
#include "ledger/opened_mails.h"

#include <algorithm>

#include "ledger/error_codes.h"
#include "ledger/receipt_request.h"
#include "ledger/received_instance.h"
#include "ledger/received_sets.h"
#include "ledger/rules/mail_facts.h"
#include "ledger/rules/partner_memory.h"
#include "ledger/rules/receipt_state.h"
#include "ledger/rules/received_document.h"
#include "ledger/rules/received_instance.h"
#include "ledger/rules/received_set.h"
#include "ledger/store/claim.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/lock.h"
#include "ledger/store/no_such_item.h"
#include "ledger/store/sql.h"

namespace gateway::ledger {
namespace {

// Returns the keys of the files that may go.
std::vector<std::string> FinishMail(Session& session, const OpenedMail& mail, Time now) {
  const bool quarantined = mail.leftover.has_value();
  WriteFacts(session, mail.mail, mail.facts);
  session.Execute(
      "UPDATE mail SET state = :state, finished = :now, claimed_until = 0, error_code = :code, error_detail = :detail "
      "WHERE id = :id",
      quarantined ? MailState::quarantined : MailState::opened, now, quarantined ? mail.leftover->code : std::string(),
      quarantined ? mail.leftover->detail : std::string(), mail.mail);
  if (quarantined) return {};
  return ForgetMailFiles(session, mail.mail);
}

// An instance in conflict does not count, because nobody knows yet whose it is.
bool HasUsableInstance(const RecordedMail& recorded) {
  return std::any_of(recorded.instances.begin(), recorded.instances.end(),
                     [](const ReceivedInstance& instance) { return instance.outcome != InstanceOutcome::conflict; });
}

// If another mail has the same signatures, it is the same mail, which a mail server sent once more.
bool OwnsItsSignatures(Session& session, const OpenedMail& mail) {
  return std::all_of(mail.signatures.begin(), mail.signatures.end(), [&](const std::string& signature) {
    return session.First<std::int64_t>("SELECT mail FROM seen_signature WHERE id = :id", signature) == mail.mail;
  });
}

std::string StudyOf(const OpenedMail& mail) {
  return mail.instances.empty() ? std::string() : mail.instances.front().header.study_instance_uid;
}

}  // namespace

Result<RecordedMail> OpenedMails::Record(const OpenedMail& mail, Time now) {
  return database_.impl().Write([&](Session& session) -> Result<RecordedMail> {
    const auto found = session.Row<MailState, std::string>(
        Sql("SELECT state, claimed_by FROM mail WHERE id = :id", kLocked), mail.mail);
    if (!found || !IsOneOf(std::get<0>(*found), MailState::fetched, MailState::quarantined, MailState::opened)) {
      return NoSuchItem(ItemKind::mail, mail.mail);
    }
    const auto& [state, claimed_by] = *found;
    if (IsOfAnother(database_, claimed_by)) return ClaimLost(ItemKind::mail, mail.mail);
    if (mail.knows_nonce) LearnNonce(session, mail.facts.signer, now);
    RecordedMail recorded;
    const Sending sending{mail.mail, mail.facts.partner, mail.facts.message_id, OwnsItsSignatures(session, mail)};
    for (const NewReceivedInstance& instance : mail.instances) {
      recorded.instances.push_back(
          {RecordInstance(session, sending, instance, now), instance.header, instance.spool_key});
      if (recorded.instances.back().outcome == InstanceOutcome::not_compared) {
        return Transient(codes::kInstanceNotJudged, "another instance of its UID came in the meantime");
      }
    }
    for (const NewDocument& document : mail.documents) {
      recorded.documents.push_back({RecordDocument(session, mail, document, now), document});
    }
    // Single writer 2: a document may go to quarantine for want of this study after the search for
    // such documents.
    if (HasUsableInstance(recorded)) WakeDocuments(session, mail);
    if (state != MailState::opened) recorded.spool_keys = FinishMail(session, mail, now);
    if (mail.facts.set) {
      const SetPart part{*mail.facts.set, mail.set_is_signed, mail.study_of_set.value_or(StudyOf(mail))};
      recorded.set = RecordPart(session, mail.mail, mail.facts.partner, part, now);
    }
    for (const SetPart& part : mail.more_sets) {
      recorded.more_sets.push_back(RecordPart(session, mail.mail, mail.facts.partner, part, now));
    }
    if (mail.receipt) AddReceipt(session, mail.mail, mail.facts, *mail.receipt, false, now);
    for (const ReceiptRequest& request : mail.enclosed_receipts) {
      AddReceipt(session, mail.mail, mail.facts, request, false, now);
    }
    UpdateReceipts(session, {mail.mail}, now);
    recorded.receipt_due = IsReceiptDue(session, mail.mail);
    return recorded;
  });
}

Result<std::vector<EarlierInstance>> OpenedMails::EarlierInstances(const InstanceHeader& header) {
  return database_.impl().Read([&](Session& session) -> Result<std::vector<EarlierInstance>> {
    return FindOthers(session, header.sop_instance_uid, header.dataset_sha256);
  });
}

}  // namespace gateway::ledger
