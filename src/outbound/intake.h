// This is the first step of the outbound pipeline. It puts what comes by C-STORE into spool and
// ledger (durable point 1).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "dicom/storage_scp.h"
#include "dicom/text_log.h"
#include "gateway/settings/partner.h"
#include "gateway/settings/routes.h"
#include "ledger/intake.h"
#include "outbound/open_associations.h"
#include "outbound/outbound_context.h"
#include "routing/router.h"
#include "spool/space_guard.h"
#include "spool/spool.h"

namespace gateway::outbound {

// Returns a SETID such as "20261124.9f3c...". The date is for people. The 64 random bits make it
// unique for this gateway, even with a new ledger.
std::string NewSetId(Time now);

std::map<std::string, std::string> MailboxOfPartner(const std::vector<PartnerSettings>& partners);

// Returns where the router's targets go: the partners with their mailboxes and fresh SETIDs.
std::vector<ledger::Assignment> Assign(const std::vector<routing::OutboundTarget>& targets,
                                       const std::map<std::string, std::string>& mailbox_of_partner, Time now);

// All association threads call it at the same time. It calls `changed` after each instance that
// makes work for the next steps. All references must outlive the intake.
class Intake : public dicom::StorageHandler {
 public:
  Intake(const OutboundContext& context, OpenAssociations& associations, std::function<void()> changed);

  [[nodiscard]] bool KnowsCalledAe(const std::string& called_ae) const override;
  [[nodiscard]] const dicom::AttributeQuery& Query() const override { return query_; }
  Result<std::filesystem::path> NewFile() override;
  Result<void> MayGrow() override;
  Result<void> Store(const dicom::ReceivedInstance& instance) override;
  void Discard(const std::filesystem::path& file) override;
  void AssociationEnded(std::uint64_t association) override;

 private:
  // Says where an instance goes. A rule with `skip` may say that it goes to nobody.
  struct Routed {
    std::vector<routing::OutboundTarget> targets;
    std::string skipped_by;  // the rule; empty: none, or rules before it named partners
  };
  Result<Routed> Route(const dicom::ReceivedInstance& instance, Time now);
  Result<void> RecordSkipped(const dicom::ReceivedInstance& instance, const std::string& rule, Time now);
  Result<void> Record(const dicom::ReceivedInstance& instance, const std::string& spool_key,
                      const std::vector<ledger::Assignment>& assignments);

  const Unrouted unrouted_;
  const std::map<std::string, std::string> mailbox_of_partner_;
  const routing::Router& router_;
  const dicom::AttributeQuery query_;  // what the rules ask for
  const spool::Spool& spool_;
  spool::SpaceGuard& space_;
  ledger::Intake ledger_;
  OpenAssociations& associations_;
  const Clock& clock_;
  const std::function<void()> changed_;
  dicom::TextLog texts_{"dicom"};
};

}  // namespace gateway::outbound
