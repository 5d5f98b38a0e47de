// Judges an instance whose SOP Instance UID came before, from whichever partner, or was sent by us, with another data
// set: it is the same in another transfer syntax, or changed, or in conflict. Not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instance_digest.h"
#include "gateway/settings/reception.h"
#include "ledger/inbound_ledger.h"
#include "opener/open_process.h"

namespace gateway::inbound {

class InstanceComparer {
 public:
  // References must outlive it.
  InstanceComparer(const std::filesystem::path& program, const spool::Spool& spool, ledger::InboundLedger& ledger,
                   const ReceptionSettings& settings);

  // InboundLedger::RecordOpened() with its instances judged, where the ledger says that there is one to compare with.
  Result<ledger::RecordedMail> RecordOpened(ledger::OpenedMail& mail, Time now);

 private:
  struct Comparison {
    Difference difference = Difference::unknown;
    std::string why;  // what differs, in words
  };

  Result<void> Judge(ledger::OpenedMail& mail);
  Result<void> JudgeBeside(ledger::NewReceivedInstance& instance, const ledger::EarlierInstance& earlier,
                           const std::string& partner);
  Result<Comparison> CompareWith(const ledger::NewReceivedInstance& instance, const ledger::EarlierInstance& earlier);
  Result<Comparison> CompareDecoded(InstanceDigest digest, const std::string& spool_key, InstanceDigest earlier,
                                    const std::string& earlier_key);
  // nullopt: there is no file, or it has no such digest.
  Result<std::optional<InstanceDigest>> DigestOf(const std::string& spool_key, bool decoded);
  [[nodiscard]] bool IsTaken(const Comparison& comparison, const ledger::EarlierInstance& earlier,
                             const std::string& partner) const;

  const spool::Spool& spool_;
  ledger::InboundLedger& ledger_;
  const ReceptionSettings& settings_;
  // Of its own, and without keys.
  const openpgp::KeyMaterial no_keys_;
  opener::OpenProcess process_;
  std::int64_t end_ms_ = 0;  // monotonic: what is not compared by then is not
};

}  // namespace gateway::inbound
