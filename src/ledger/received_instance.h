// Says what the ledger records about an instance that came by mail, or was made from a document,
// and which instances it is compared with.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/instance_digest.h"
#include "gateway/instance.h"
#include "gateway/repetition.h"

namespace gateway::ledger {

// Decides about an instance beside another one of the same SOP Instance UID with another data set.
struct Compared {
  Difference difference = Difference::unknown;
  bool taken = false;    // otherwise it is in conflict; meaningless if nothing differs
  std::string why = {};  // what differs, in words
};

struct NewReceivedInstance {
  InstanceHeader header;
  std::string spool_key;
  std::vector<std::string> pacs;                  // empty if it is undeliverable
  std::map<std::string, std::string> rules = {};  // by PACS: the rule that named it
  std::set<std::string> changing = {};            // the PACS whose rule changes instances
  // By PACS: what its rule does with a duplicate. A PACS that is not named ignores it.
  std::map<std::string, OnDuplicate> on_duplicate = {};
  std::string service = {};                // that it comes from
  std::vector<std::int64_t> answers = {};  // the shipments whose requests it answers (service_requests.h)
  // The key is the data set hash of the other instance. nullopt means that nothing was compared.
  // Then another data set of the same partner is a conflict, and one of another partner does not
  // count.
  std::optional<std::map<std::string, Compared>> compared = {};
};

// An instance that a new one is to be compared with.
struct EarlierInstance {
  std::int64_t id = 0;
  std::string partner;  // empty if our own PACS sent it to us
  std::string dataset_sha256;
  std::string digest;     // base/instance_digest.h; empty if it has none
  std::string spool_key;  // empty if its file is gone
};

enum class InstanceOutcome {
  accepted,
  duplicate,  // the same came from this partner before: the new file is not needed
  // A duplicate that its sender sent anew, and that is delivered once more; `change`: to a PACS
  // that has another content of its UID.
  again,
  // An earlier one has the same SOP Instance UID and other content. This one waits for a person.
  conflict,
  undeliverable,  // it is kept and waits for a person
  // Nothing was recorded, because there is one of its UID that it was not compared with.
  not_compared
};

// Says how an instance differs from the one of its UID from which it differs most.
struct InstanceChange {
  std::int64_t earlier = 0;
  std::string earlier_partner;  // empty if our own PACS sent it to us
  std::string difference;       // in words, which name both partners
};

struct ReceivedInstance {
  std::int64_t instance = 0;  // the earlier one if it is a duplicate
  InstanceOutcome outcome = InstanceOutcome::accepted;
  // Is set beside `again` if the new file is needed, because the earlier one's is gone.
  bool keeps_file = false;
  std::optional<InstanceChange> change = {};
  // The requests to a service that it answers, as their shipments; only of a new instance.
  std::vector<std::int64_t> answers = {};
  std::string service = {};  // of the latest of them
  // Names the earlier instance, which other PACS get once more, if this one is a conflict or the
  // duplicate of one.
  std::optional<std::int64_t> again = {};
};

}  // namespace gateway::ledger
