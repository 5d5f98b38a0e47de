// Closes shipments that are complete, and sends their messages once more when a person asks for it.
// Each call is one transaction, which is durable when the call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/item_id.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/act_outcome.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct OpenShipment {
  std::int64_t id = 0;
  std::string partner;
  std::string rule;
  struct Item {
    std::int64_t instance = 0;
    std::uint64_t size = 0;  // bytes of the file
  };
  std::vector<Item> items;   // in order of arrival
  bool never_quiet = false;  // it is returned because of its age
};

// An open shipment whose rule says when it is complete.
struct CollectedShipment {
  std::int64_t id = 0;
  std::string partner;
  std::string rule;
  std::string study_instance_uid;
  std::string series_instance_uid;  // empty: the whole study
  Time created;
  Time last_instance;
};

struct Resent {
  std::size_t messages = 0;               // the number of messages that wait again
  std::vector<std::string> message_keys;  // of message files that are no longer needed
};

class Shipments {
 public:
  explicit Shipments(Database& database) : database_(database) {}

  // Returns open shipments to which no instance was added since `quiet_since`, and those that were
  // opened before `opened_before`. It leaves out those whose rule says when they are complete.
  Result<std::vector<OpenShipment>> Quiet(Time quiet_since, std::size_t limit, Time opened_before = {});
  // Returns when the open shipment that is quiet longest got its last instance.
  Result<std::optional<Time>> OldestOpen();
  // Returns all open shipments that Quiet() leaves out.
  Result<std::vector<CollectedShipment>> WithOwnCompletion();
  // Returns the content of one open shipment. It is empty if the shipment is not open.
  Result<std::vector<OpenShipment::Item>> ItemsOf(std::int64_t shipment);
  // Returns whether the shipment has an instance of one of these SOP classes.
  Result<bool> HasInstanceOf(std::int64_t shipment, const std::vector<std::string>& sop_classes);
  // Counts what has come of a study, or of one series of it, by C-STORE or by `send`, wherever it
  // went. An instance that came repeatedly counts once.
  Result<std::uint64_t> CameOf(const std::string& study_instance_uid, const std::string& series_instance_uid);
  // Closes the shipment with these messages, each a list of instances in their order. If other
  // instances came meanwhile, it changes nothing and returns false. With `rest_set_id` it moves
  // those instances to another open shipment, which gets this SETID. With `hold` the messages are
  // held, as if a person had held the shipment.
  Result<bool> Close(std::int64_t shipment, const std::vector<std::vector<std::int64_t>>& messages, Time now,
                     const std::string& rest_set_id = {}, bool hold = false);
  // Lets the messages of a shipment, or one message, wait again. They are sealed anew under a new
  // Message-ID, and their resend limit begins anew. What still waits or is sealed stays as it is.
  // `missing_only` leaves out messages that are delivered (with a warning too) or cancelled, and
  // those that are sent and asked for no receipt. It refuses an open shipment, and items with files
  // whose retention time is over. Then nothing is changed.
  Decided<Resent> Resend(ItemId id, bool missing_only, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
