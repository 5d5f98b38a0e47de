// Records what opened mails contain (durable point 5). Each call is one transaction, which is
// durable when the call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/mail_facts.h"
#include "ledger/new_document.h"
#include "ledger/receipt_request.h"
#include "ledger/received_instance.h"
#include "ledger/received_sets.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct OpenedMail {
  std::int64_t mail = 0;
  MailFacts facts;
  bool set_is_signed = true;                // about the set of `facts`, as in SetPart
  std::optional<std::string> study_of_set;  // likewise; nullopt: the study of the first instance
  std::vector<SetPart> more_sets;
  std::vector<NewReceivedInstance> instances;
  std::vector<NewDocument> documents;
  // The ids that Signatures::Take() took. It is empty if the mail is not signed.
  std::vector<std::string> signatures;
  Time document_deadline;  // until then documents wait for an instance of their study
  std::optional<ReceiptRequest> receipt;
  std::vector<ReceiptRequest> enclosed_receipts = {};  // the receipts that enclosed mails ask for
  // Its signer's software gives secrets that receipts repeat.
  bool knows_nonce = false;
  // Something in the mail could not be used. The instances are taken, and the mail is quarantined
  // for this reason.
  std::optional<Error> leftover;
};

// An instance of the mail, and what became of it.
struct RecordedInstance : ReceivedInstance {
  InstanceHeader header;  // as in NewReceivedInstance
  std::string spool_key;  // likewise
};

struct ReceivedDocument {
  std::int64_t document = 0;  // the earlier one if it is a duplicate
  // The partner, the set (or study) and the hash are the same, so the new file is not needed.
  bool duplicate = false;
  // Names the instance that it has become, if that is delivered once more, because its sender has
  // sent the document anew.
  std::optional<std::int64_t> again = {};
};

// A document of the mail, and what became of it.
struct RecordedDocument : ReceivedDocument {
  NewDocument content;
};

struct RecordedMail {
  std::vector<RecordedInstance> instances;
  std::vector<RecordedDocument> documents;
  std::optional<SetProgress> set;
  std::vector<SetProgress> more_sets;  // those of OpenedMail::more_sets
  bool receipt_due = false;            // a receipt may be sent now
  // The files of mails that this call finished, which may be removed.
  std::vector<std::string> spool_keys;
};

class OpenedMails {
 public:
  explicit OpenedMails(Database& database) : database_(database) {}

  // Returns instances of the same SOP Instance UID with another data set, from any partner, or sent
  // by us: the latest four, and those that a PACS was given last. Instances in conflict and dropped
  // instances do not count.
  Result<std::vector<EarlierInstance>> EarlierInstances(const InstanceHeader& header);
  // Records the mail, its instances and their deliveries in one transaction. Error, after which
  // nothing is recorded: transient "instance-not-judged" if `compared` of an instance lacks one of
  // EarlierInstances(), or one of the same mail.
  Result<RecordedMail> Record(const OpenedMail& mail, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
