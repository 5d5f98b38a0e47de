// An instance that came by mail, or was made of a document that did, and its deliveries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/time.h"
#include "ledger/received_instance.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// What its sender sends anew, and not merely a mail server once more: whose signature came with no other mail, and its
// Message-ID neither.
struct Sending {
  std::int64_t mail = 0;
  std::string partner;
  std::string message_id;
  bool anew = false;
};

// An earlier one, of another mail, is noted as carried by this mail too; and is delivered once more where the mail was
// sent anew after it had been stored, or had failed: its sender has a reason.
ReceivedInstance RecordInstance(Session& session, const Sending& sending, const NewReceivedInstance& instance,
                                Time now);

// As OpenedMails::EarlierInstances().
std::vector<EarlierInstance> FindOthers(Session& session, const std::string& sop_instance_uid,
                                        const std::string& dataset_sha256);

// Its way to one PACS, unless there is one: held from the start where the PACS is (holds.h).
void AddDelivery(Session& session, std::int64_t instance, const std::string& pacs, Time now);

// Due now, with a new age, whatever became of it; held where somebody holds it. The claim of a worker that has it in
// hand stays. Its instance must be in state accepted.
void DeliverAgain(Session& session, std::int64_t delivery, Time now);

// An instance that is stored, or is to be, goes to this PACS (once more), and its mails' senders are told anew where
// they were told that it failed. False, and nothing is done: it is on its way there; or it was given up there, and
// `revive` is false.
bool StartDelivery(Session& session, std::int64_t instance, const std::string& pacs, bool revive, Time now);

// Notes that a mail carried an instance that is there already. Nothing to note for the mail that brought it.
void AddMailDuplicate(Session& session, std::int64_t mail, std::int64_t instance);

}  // namespace gateway::ledger
