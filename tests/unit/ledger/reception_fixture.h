// Mails with receipts, sets and documents.
#pragma once

#include "ledger/row_words.h"
#include "ledger_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {

inline ReceiptRequest MakeRequest(const std::string& original = "1@b.example", ReceiptWhen when = ReceiptWhen::stored) {
  ReceiptRequest request;
  request.original_message_id = original;
  request.message_id = "receipt-of-" + original;
  request.when = when;
  return request;
}

inline NewDocument MakeDocument(const std::string& name, const std::string& study_id = "") {
  NewDocument document;
  document.content_type = "application/pdf";
  document.name = name + ".pdf";
  document.study_id = study_id;
  document.spool_key = "file-of-" + name;
  document.size = 700;
  document.sha256 = "sha-of-" + name;
  return document;
}

inline NewReceivedInstance MakeReceivedOf(const std::string& uid, const std::string& study) {
  NewReceivedInstance instance = MakeReceived(uid);
  instance.header.study_instance_uid = study;
  return instance;
}

class ReceptionTest : public LedgerTest {
 protected:
  ReceptionTest() : LedgerTest(FastDirectory()) {}

  std::int64_t AddMail() { return Must(ledger->fetched_mails.Add(MakeMail(++uid_))).mail; }

  // Opens a new mail that is filled in by `fill`; asks for a receipt of a Message-ID of its own.
  template <typename Fill>
  RecordedMail Open(Fill fill, Time now = At(100)) {
    OpenedMail opened = MakeOpened(AddMail());
    opened.receipt = MakeRequest(std::to_string(opened.mail) + "@b.example");
    opened.document_deadline = At(1000);
    fill(opened);
    mail = opened.mail;
    return Must(ledger->opened_mails.Record(opened, now));
  }
  RecordedMail OpenPart(std::uint32_t part, std::uint32_t total, Time now = At(100)) {
    return Open(
        [&](OpenedMail& opened) {
          opened.instances = {MakeReceived("1." + std::to_string(part))};
          opened.facts.set = TelemedicineSet{"set", part, total};
        },
        now);
  }
  // The delivery of an instance. True: a receipt may be sent.
  bool Store(const ReceivedInstance& instance, unsigned status = 0) {
    return Must(ledger->deliveries.RecordDelivered(DeliveryOf(instance), status, At(200)));
  }
  bool Refuse(const ReceivedInstance& instance) {
    return Must(ledger->deliveries.RecordFailure(DeliveryOf(instance), Permanent("refused"), std::nullopt, At(200)));
  }
  std::int64_t DeliveryOf(const ReceivedInstance& instance) {
    for (const DeliveryToMake& delivery : Must(ledger->deliveries.Claim("main", 99, At(150), Milliseconds(-1)))) {
      if (delivery.instance == instance.instance) return delivery.id;
    }
    return 0;
  }
  std::vector<ReceiptToSend> ClaimReceipts(Time now = At(300)) {
    return Must(ledger->receipts.Claim("main", 99, now, kLease));
  }
  // Of all that are due, by their mails.
  std::map<std::int64_t, std::string> Dispositions() {
    std::map<std::int64_t, std::string> dispositions;
    for (const ReceiptToSend& receipt : Must(ledger->receipts.Claim("main", 99, At(300), Milliseconds(-1)))) {
      dispositions[receipt.mail] = WordOf(receipt.disposition);
    }
    return dispositions;
  }
  std::vector<DocumentToFile> ClaimDocuments(Time now = At(300)) {
    return Must(ledger->documents.Claim(99, now, kLease));
  }

  std::int64_t mail = 0;  // of the last Open()

 private:
  std::uint32_t uid_ = 0;
};

}  // namespace gateway::ledger
