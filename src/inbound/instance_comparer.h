// Compares an instance whose SOP Instance UID came before with another data set, from any partner
// or from us. It is the same in another transfer syntax, or it is changed, or it is in conflict.
// Not thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/instance_digest.h"
#include "gateway/settings/reception.h"
#include "inbound/inbound_context.h"
#include "ledger/opened_mails.h"
#include "ledger/received_instance.h"
#include "opener/open_process.h"

namespace gateway::inbound {

class InstanceComparer {
 public:
  // All references must outlive the object.
  explicit InstanceComparer(const InboundContext& context);

  // Calls OpenedMails::Record(). If the ledger says that there are instances to compare
  // with, it compares the mail's instances and records the mail again.
  Result<ledger::RecordedMail> RecordOpened(ledger::OpenedMail& mail, Time now);

 private:
  struct Comparison {
    Difference difference = Difference::unknown;
    std::string why;  // says in words what differs
  };

  Result<void> CompareAll(ledger::OpenedMail& mail);
  Result<void> CompareBeside(ledger::NewReceivedInstance& instance, const ledger::EarlierInstance& earlier,
                             const std::string& partner);
  Result<Comparison> CompareWith(const ledger::NewReceivedInstance& instance, const ledger::EarlierInstance& earlier);
  Result<Comparison> CompareDecoded(InstanceDigest digest, const std::string& spool_key, InstanceDigest earlier,
                                    const std::string& earlier_key);
  // Returns nullopt if there is no file, or if it has no such digest.
  Result<std::optional<InstanceDigest>> DigestOf(const std::string& spool_key, bool decoded);
  [[nodiscard]] bool IsTaken(const Comparison& comparison, const ledger::EarlierInstance& earlier,
                             const std::string& partner) const;

  const spool::Spool& spool_;
  ledger::OpenedMails mails_;
  const ReceptionSettings& settings_;
  // The comparer has its own open worker, without keys.
  const security::Keys no_keys_;
  opener::OpenProcess process_;
  std::int64_t end_ms_ = 0;  // monotonic: after this time no more instances are compared
};

}  // namespace gateway::inbound
