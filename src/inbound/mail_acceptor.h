// This is the second step of the inbound pipeline. A mail on our disk is joined, opened and judged.
// It becomes instances and documents in spool and ledger (durable point 5), or a receipt for what
// we sent (point 3), or it goes to quarantine with the reason.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dicom/text_log.h"
#include "inbound/acceptance.h"
#include "inbound/document_links.h"
#include "inbound/inbound_context.h"
#include "inbound/instance_comparer.h"
#include "inbound/opening_order.h"
#include "inbound/report_recorder.h"
#include "inbound/service_results.h"
#include "inbound/stranger_log.h"
#include "ledger/fragments.h"
#include "ledger/open_queue.h"
#include "ledger/opened_mails.h"
#include "ledger/signatures.h"
#include "opener/open_process.h"
#include "policy/failure_policy.h"
#include "routing/router.h"
#include "security/keys.h"
#include "spool/space_guard.h"
#include "spool/spool.h"

namespace gateway::inbound {

// Each thread has its own object, with one open worker for each mailbox that has had mail. A worker
// that was taken over must not find another mailbox's secret key. All references must outlive the
// object.
class MailAcceptor {
 public:
  // These are called when there may be work for other workers.
  struct Wake {
    std::function<void()> acceptors;
    std::function<void()> deliverers;
    std::function<void()> filer;
    std::function<void()> receipt_senders;
    std::function<void(const std::string& mailbox)> watchers;  // a mail may be removed from the server
  };
  MailAcceptor(const InboundContext& context, OpeningOrder& order, StrangerLog& strangers, dicom::TextLog& texts,
               Wake wake);

  // The step of a worker: it opens one mail.
  Milliseconds Step(const std::stop_token& stop);

 private:
  // The mail that is being opened, and what is known of it so far.
  struct Work {
    const ledger::MailToOpen& mail;
    opener::OpenProcess& process;
    ledger::MailFacts facts;
    const PartnerSettings* partner = nullptr;  // nullptr: a stranger
    std::vector<std::string> signatures = {};  // ids of the partner's own
    mime::MailOrigin origin = mime::MailOrigin::perhaps_mail_server;
    std::optional<ledger::ReceiptRequest> receipt = {};  // set if the mail is believed and its sender is to be answered
    std::vector<ledger::ReceiptRequest> enclosed_receipts = {};  // the same for mails that are enclosed in it
    bool gives_nonce = false;                                    // it contains a secret that the receipt is to repeat
  };

  struct Opener {
    Opener(const opener::WorkerProgram& program, security::Keys own, const spool::Spool& spool)
        : keys(std::move(own)), process(program, keys, spool) {}
    const security::Keys keys;
    opener::OpenProcess process;
  };

  // Claims a mail. It claims from the slow lane if nothing else waits, or if the slow lane has
  // waited long enough.
  Result<std::vector<ledger::MailToOpen>> Claim(SlowLane& lane);
  void Handle(const ledger::MailToOpen& mail);
  opener::OpenProcess& ProcessFor(const std::string& mailbox);
  Result<void> Accept(Work& work);
  Result<void> TakePlainReport(const Work& work);
  Result<void> KeepFragment(const Work& work, const mime::Envelope& envelope);
  Result<void> TakeContent(Work& work, const mime::Envelope& envelope);
  Result<std::vector<const opener::OpenedMessage*>> JudgeMessages(Work& work, const mime::Envelope& envelope,
                                                                  opener::OpenedContent& content);
  [[nodiscard]] bool MayPass(const Work& work, const Error& error) const;
  Result<void> JudgeMessage(Work& work, const mime::Envelope& envelope, const opener::MessageReply& reply);
  // Judges age, addressee and repetition, which a person's release may override.
  Result<void> JudgeOrigin(Work& work, const opener::MessageReply& reply);
  void DecideReceipts(Work& work, const mime::Envelope& envelope,
                      const std::vector<const opener::OpenedMessage*>& believed);
  // Decides the receipt of what is enclosed in another mail, if the partner signed it.
  void DecideEnclosedReceipt(Work& work, const opener::MessageReply& reply);
  std::optional<ledger::ReceiptRequest> RequestIn(const Work& work, const mime::Envelope& envelope,
                                                  const opener::MessageReply& reply) const;
  Result<void> TakeParts(const Work& work, const std::vector<const opener::OpenedMessage*>& messages,
                         const std::optional<Error>& leftover);
  Result<void> KeepPart(const Work& work, const opener::OpenedPart& part, const DocumentLinks& links,
                        ledger::OpenedMail& opened);
  void FollowUp(const ledger::OpenedMail& opened, const ledger::RecordedMail& recorded);
  void FollowUpDocument(const std::string& mail, const std::string& partner, const ledger::RecordedDocument& document);
  // Leaves the mail for a later try, because nobody here can open it now.
  void PutOff(const ledger::MailToOpen& mail, const Error& error);
  // Returns the time from which retry.give_up_after counts.
  [[nodiscard]] Time TriedSince(const ledger::MailToOpen& mail) const;
  void Fail(const Work& work, const Error& error);
  void Quarantine(const Work& work, const Error& error, Time now);
  // The mail is not the real one, because the server could not hand that out. It stays there.
  void FetchAgain(const Work& work, const std::string& reason, Time now);

  OpeningOrder& order_;
  StrangerLog& strangers_;
  dicom::TextLog& texts_;
  const Acceptance acceptance_;
  const routing::Router& router_;
  const std::vector<AttributePath> asked_;
  ServiceResults service_results_;
  const spool::Spool& spool_;
  spool::SpaceGuard& space_;
  ledger::OpenQueue queue_;
  ledger::Fragments fragments_;
  ledger::Signatures signatures_;
  const Clock& clock_;
  const std::vector<MailboxSettings>& mailboxes_;
  const ReceiptSettings& receipts_;
  const ReceptionSettings& reception_;
  const FailurePolicy policy_;
  ReportRecorder reports_;
  const security::Keys& keys_;
  const opener::WorkerProgram open_worker_;
  InstanceComparer comparer_;
  std::map<std::string, Opener> openers_;  // by mailbox
  const Wake wake_;
};

}  // namespace gateway::inbound
