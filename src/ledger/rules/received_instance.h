// Records an instance that came by mail, or that was made from a document that came by mail, and
// its deliveries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/time.h"
#include "ledger/received_instance.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// The mail that brings an instance. `anew` says that its signatures came with no other mail. If its
// Message-ID came with none either, its sender sent it anew, and no mail server merely delivered it
// once more.
struct Sending {
  std::int64_t mail = 0;
  std::string partner;
  std::string message_id;
  bool anew = false;
};

// Records the instance. If it came before with another mail, the ledger notes that this mail
// carried it too. If the sender has sent the mail anew after the instance was stored, or had
// failed, the instance is delivered once more, because the sender has a reason.
ReceivedInstance RecordInstance(Session& session, const Sending& sending, const NewReceivedInstance& instance,
                                Time now);

// Returns the same as OpenedMails::EarlierInstances().
std::vector<EarlierInstance> FindOthers(Session& session, const std::string& sop_instance_uid,
                                        const std::string& dataset_sha256);

// Adds a delivery to one PACS, unless there is one. If the PACS is held, the delivery is held from
// the start (holds.h).
// Without a rule it goes by the one by which the instance went to its first PACS, so that nothing
// leaves unchanged only because a person sent it elsewhere.
void AddDelivery(Session& session, std::int64_t instance, const std::string& pacs, Time now,
                 const std::string& rule = {}, bool changes = false);

// Makes a delivery due now, with a new age, whatever became of it. If somebody holds it, it is held
// instead. If a worker has it in hand, that claim stays. Its instance must be in state accepted.
void DeliverAgain(Session& session, std::int64_t delivery, Time now);

// Sends an instance to this PACS, or sends it once more. The instance is stored, or is to be
// stored. Senders of its mails who were told that it failed are told anew. Returns false, and does
// nothing, if the instance is on its way to the PACS, or if its delivery was cancelled and `revive`
// is false.
bool StartDelivery(Session& session, std::int64_t instance, const std::string& pacs, bool revive, Time now);

// Delivers the object that was made of a document once more, because the sender has sent the
// document anew: to each PACS that had it or refused it. If the object's file is gone, that of
// `made` takes its place; nullptr: there is none. The outcome is `duplicate` if nothing is
// delivered.
ReceivedInstance DeliverObjectAgain(Session& session, std::int64_t instance, const NewReceivedInstance* made, Time now);

// Notes that a mail carried an instance that is there already. It notes nothing for the mail that
// brought the instance.
void AddMailDuplicate(Session& session, std::int64_t mail, std::int64_t instance);

}  // namespace gateway::ledger
