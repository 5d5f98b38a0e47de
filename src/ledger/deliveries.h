// The received instances on their way to the PACS. Each call is one transaction, which is durable
// when the call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/away_destinations.h"
#include "ledger/derived_files.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct DeliveryToMake {
  std::int64_t id = 0;
  std::int64_t instance = 0;
  std::string spool_key;
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;
  std::uint64_t dataset_offset = 0;
  unsigned tries = 0;
  Time created;
  Priority priority = Priority::normal;
  // A C-STORE of it got no answer, so the PACS may have it.
  bool in_doubt = false;
  std::string partner;                      // the partner that sent the instance
  std::string rule = {};                    // the inbound rule that named the PACS; empty: no rule did
  bool changes = false;                     // the rule changed instances when it named the PACS
  std::optional<DerivedFile> derived = {};  // the changed copy that goes in place of the instance
};

// A delivery that could have been claimed, and failed instead.
struct StoppedDelivery {
  std::int64_t id = 0;
  std::int64_t instance = 0;
  Error error;
  bool receipt_due = false;
};

enum class ClaimFirst { oldest, newest };

class Deliveries {
 public:
  explicit Deliveries(Database& database) : database_(database) {}

  // Returns the record of the destinations that are away.
  [[nodiscard]] AwayDestinations away_destinations() { return AwayDestinations(database_); }

  // Claims waiting deliveries to `pacs` whose next try is due. Deliveries whose last C-STORE got no
  // answer come only if there is no other, because they may keep the PACS from answering; but an
  // emergency keeps its place. A delivery fails if its PACS was given another content of its SOP
  // Instance UID that was decided later. It is not claimed, and `stopped` reports it. While a
  // worker has another content in hand, the delivery is left for later.
  Result<std::vector<DeliveryToMake>> Claim(const std::string& pacs, std::size_t limit, Time now, Milliseconds lease,
                                            ClaimFirst first = ClaimFirst::oldest,
                                            std::vector<StoppedDelivery>* stopped = nullptr);
  // Returns whether an emergency for this PACS could be claimed now.
  Result<bool> HasUrgent(const std::string& pacs, Time now);
  // Durable point (6). Returns true if a receipt may be sent now.
  Result<bool> RecordDelivered(std::int64_t delivery, unsigned status, Time now);
  // The delivery failed for good if `next_try` is nullopt. Returns true if a receipt, which says
  // that it was refused, may be sent now.
  Result<bool> RecordFailure(std::int64_t delivery, const Error& error, std::optional<Time> next_try, Time now);
  // A C-STORE of the delivery got no answer, so the PACS may have the instance, and counts as
  // having been given it. Call it each time, because the PACS may have been given another content
  // in between. After a crash, Claims::UnclaimInbound() does the same with all that the daemon had
  // in hand, and Claim() with claims that ended by themselves.
  Result<void> RecordDoubt(std::int64_t delivery);
  Result<void> Unclaim(const std::vector<std::int64_t>& deliveries);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
