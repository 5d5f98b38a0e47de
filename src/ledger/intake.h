// Records instances and files that are on their way out (durable point 1), and the shipments that
// they belong to. Each call is one transaction, which is durable when the call returns. Any thread
// may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/settings/profile.h"
#include "gateway/settings/services.h"
#include "gateway/time.h"
#include "ledger/new_document.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct NewInstance {
  // The ledger keeps the identifiers, sizes and hash, not the route attributes.
  InstanceHeader header;
  std::string spool_key;
  std::string calling_ae;
  std::string called_ae;
  Time received;
};

// Says what came of a study by C-STORE or by `send`. An instance that came repeatedly counts once.
struct StudyContent {
  std::uint64_t instances = 0;
  std::uint64_t bytes = 0;
};

// Says where an instance goes. `set_id` is used if the ledger must open a shipment for it.
struct Assignment {
  std::string partner;
  std::string mailbox;
  std::string rule;
  Priority priority = Priority::normal;
  Bundling bundling = Bundling::study;
  std::string set_id;
  bool changes = false;                         // the rule changes instances
  bool own_completion = false;                  // the rule says when its studies are complete
  std::optional<ServiceSettings> service = {};  // the shipment is a request to it
  bool falls_back = false;                      // the rule names a fallback (fallbacks.h)
};

struct AddedInstance {
  std::int64_t instance = 0;
  std::vector<std::int64_t> shipments;  // empty if the instance is held
};

// The word that stands in place of a rule for what the command `send` queued. A configured rule may
// have the same name.
inline constexpr const char* kSentByHand = "send";

// A set that a person sends. It has one message for each file, in this order, and is closed at
// once.
struct NewShipment {
  std::string partner;
  std::string mailbox;
  std::string rule;  // kSentByHand
  Priority priority = Priority::normal;
  std::string set_id;
  std::string study_id;  // the study of the first instance, otherwise made up
  struct File {
    std::optional<NewInstance> instance;  // each file has one of the two
    std::optional<NewDocument> document;
  };
  std::vector<File> files;
  Time created;
};

class Intake {
 public:
  explicit Intake(Database& database) : database_(database) {}

  // With release: study, it adds the instance to the open shipment of (study, partner, rule), or
  // opens one. With release: series, there is one shipment for each series. With release: instance,
  // it makes a closed shipment of this instance with one message, part 1 of 1. An open shipment
  // holds the same instance (SOP Instance UID and hash) only once. Without any assignment the
  // instance is held.
  Result<AddedInstance> AddInstance(const NewInstance& instance, const std::vector<Assignment>& assignments);
  // Records an instance that no partner gets by a rule with `skip`. Its file is not kept, and its
  // state is `dropped`. Returns the instance.
  Result<std::int64_t> AddSkipped(const NewInstance& instance);
  // Counts what came before of the study of `header`, besides this instance.
  Result<StudyContent> StudySoFar(const InstanceHeader& header);
  // Routes a held instance. Returns false if the instance is not held.
  Result<bool> AssignHeld(std::int64_t instance, const std::vector<Assignment>& assignments, Time now);
  // Records files that a person sends. Returns the shipment, which is closed.
  Result<std::int64_t> AddShipment(const NewShipment& shipment);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
