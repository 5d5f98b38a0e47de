// What the ledger knows of the outbound pipeline: instances that came by C-STORE, the shipments they make, the messages
// that carry them. The ledger is the queue: workers claim rows by lease, so that a crash, or another node, takes over.
//
// States.  instance: routed, held (no route: waits for a person), dropped
//          shipment: open -> closed -> sent; failed when one of its messages failed
//          message:  waiting -> sealed -> sent; failed
//          fragment: waiting -> sent
// Every call is one transaction, durable when it returns; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/result.h"
#include "gateway/settings.h"
#include "gateway/stream.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/database.h"

namespace gateway::ledger {

struct NewInstance {
  InstanceHeader header;  // the ledger keeps the identifiers, sizes and hash, not the route attributes
  std::string spool_key;
  std::string calling_ae;
  std::string called_ae;
  Time received;
};

// Where an instance goes. `set_id` is used when a shipment must be opened for it.
struct Assignment {
  std::string partner;
  std::string mailbox;
  std::string rule;
  Priority priority = Priority::normal;
  Release release = Release::study;
  std::string set_id;
};

struct AddedInstance {
  std::int64_t instance = 0;
  std::vector<std::int64_t> shipments;  // empty: held
};

struct OpenShipment {
  std::int64_t id = 0;
  std::string partner;
  std::string mailbox;
  struct Item {
    std::int64_t instance = 0;
    std::uint64_t size = 0;  // bytes of the file
  };
  std::vector<Item> items;  // in order of arrival
};

struct MessageToSeal {
  std::int64_t id = 0;
  std::int64_t shipment = 0;
  std::string partner;
  std::string mailbox;
  TelemedicineSet set;  // part and total count the messages of the shipment
  Priority priority = Priority::normal;
  struct Item {
    std::int64_t instance = 0;
    std::string spool_key;
  };
  std::vector<Item> items;
  unsigned tries = 0;
  Time created;
};

struct Fragment {
  unsigned number = 1;  // from 1
  unsigned total = 1;
  ByteRange range;         // of the message's file
  std::string message_id;  // of the fragment's own mail
};

struct SealedMessage {
  std::string spool_key;
  std::uint64_t size = 0;           // bytes
  std::string message_id;           // without angle brackets
  Time date;                        // of the Date field
  std::string partial_id;           // empty: one mail
  std::vector<Fragment> fragments;  // empty: one mail
};

struct MessageToSend {
  std::int64_t id = 0;
  std::int64_t shipment = 0;
  std::string partner;
  SealedMessage sealed;  // fragments: only those not sent yet, in order
  unsigned tries = 0;
  Time created;
};

class OutboundLedger {
 public:
  explicit OutboundLedger(Database& database) : database_(database) {}

  // Point (1). For release: study, adds the instance to the open shipment of (study, partner, rule), or opens one; for
  // release: instance, makes a closed shipment of this instance with one message, part 1 of 1. The same instance
  // (SOP Instance UID and hash) twice in one open shipment stands there once. No assignment: the instance is held.
  Result<AddedInstance> AddInstance(const NewInstance& instance, const std::vector<Assignment>& assignments);
  // Routes a held instance; false when it is not held.
  Result<bool> AssignHeld(std::int64_t instance, const std::vector<Assignment>& assignments, Time now);

  // Open shipments that no instance was added to since `quiet_since`.
  Result<std::vector<OpenShipment>> QuietShipments(Time quiet_since, std::size_t limit);
  // When the open shipment that is quiet longest got its last instance.
  Result<std::optional<Time>> OldestOpenShipment();
  // Closes the shipment with these messages (instances, in order). False, and nothing done, when the messages do not
  // hold exactly the shipment's instances: another one came meanwhile.
  Result<bool> CloseShipment(std::int64_t shipment, const std::vector<std::vector<std::int64_t>>& messages, Time now);

  // Waiting messages, by priority, then age. A claim ends with Record...(), Unclaim() or after `lease`.
  Result<std::vector<MessageToSeal>> ClaimToSeal(std::size_t limit, Time now, Milliseconds lease);
  Result<void> RecordSealed(std::int64_t message, const SealedMessage& sealed);
  // next_try nullopt: failed for good.
  Result<void> RecordSealFailure(std::int64_t message, const Error& error, std::optional<Time> next_try);

  // Sealed messages of `mailbox` whose next try is due, by priority, then age.
  Result<std::vector<MessageToSend>> ClaimToSend(const std::string& mailbox, std::size_t limit, Time now,
                                                 Milliseconds lease);
  Result<void> RecordFragmentSent(std::int64_t message, unsigned number, const std::string& reply, Time now);
  // Point (2). True when the shipment's last message is sent with it. The caller may then remove the message's file.
  Result<bool> RecordSent(std::int64_t message, const std::string& reply, Time now);
  Result<void> RecordSendFailure(std::int64_t message, const Error& error, std::optional<Time> next_try);
  // Gives a claim back without counting a try.
  Result<void> Unclaim(const std::vector<std::int64_t>& messages);
  // At start: this node's claims from before are void.
  Result<void> UnclaimAll();

  // Instances that are routed, wholly sent since before `sent_before`, and still have a file: forgets the files and
  // returns their keys, to be removed by the caller.
  Result<std::vector<std::string>> ForgetFiles(Time sent_before, std::size_t limit);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
