// Requests to services: each is a shipment to a partner that answers. What comes back from that
// partner is tied to its request. Intake makes the requests, and OpenedMails and Documents record
// the results. Each call is one transaction, which is durable when the call returns. Any thread may
// call it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/services.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// Says what an instance that came back tells of its request.
struct ServiceAnswer {
  std::string partner;
  std::string study_instance_uid;
  std::string set_id;                   // empty: none
  std::vector<std::string> references;  // SOP Instance UIDs; only the first 256 are looked up
};

// The requests that an instance answers.
struct AnsweredRequests {
  std::string service;                  // of the latest of them; empty: there is none
  std::vector<std::int64_t> shipments;  // their shipments
};

// A request that needs the attention of a person.
struct TroubledRequest {
  std::int64_t shipment = 0;
  std::string service;
  std::string partner;
  Milliseconds within{};  // the result was expected within this time
};

class ServiceRequests {
 public:
  explicit ServiceRequests(Database& database) : database_(database) {}

  // Finds the requests that an instance answers: those without a result, or else the latest one
  // that has results already. A UID that we replaced on the way out counts as the one that it
  // stands for.
  Result<AnsweredRequests> Find(const ServiceAnswer& answer);
  // Returns the service whose request a received instance was found to answer, or nothing.
  Result<std::string> ServiceOf(std::int64_t instance);
  // Returns requests whose result is late, each only once.
  Result<std::vector<TroubledRequest>> RecordLate(std::size_t limit, Time now);
  // Returns requests without a result whose shipment failed, came back or was refused, each only
  // once.
  Result<std::vector<TroubledRequest>> RecordFailed(std::size_t limit, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
