// The sections of the configuration that the inbound pipeline works by, and what is made of them.
#pragma once

#include <vector>

#include "gateway/settings/gateway.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/pacs.h"
#include "gateway/settings/partner.h"
#include "gateway/settings/receipts.h"
#include "gateway/settings/reception.h"
#include "gateway/settings/retry.h"
#include "gateway/settings/routes.h"
#include "gateway/settings/services.h"
#include "routing/router.h"
#include "security/keys.h"
#include "transform/transform.h"

namespace gateway::inbound {

// All of them belong to one configuration, which outlives the pipeline. A stage keeps the sections
// that it needs, and not this struct.
struct InboundSettings {
  const GatewaySettings& gateway;
  const std::vector<PacsSettings>& pacs;
  const std::vector<MailboxSettings>& mailboxes;
  const std::vector<PartnerSettings>& partners;
  const RouteSettings& routes;
  const ReceiptSettings& receipts;
  const ReceptionSettings& reception;
  const RetrySettings& retry;
  const routing::Router& router;                    // of `routes`
  const security::Keys& keys;                       // of the mailboxes and partners
  const transform::Transform* transform = nullptr;  // nullptr: no rule asks for a change
  std::vector<ServiceSettings> services = {};       // the partners whose instances are results
};

}  // namespace gateway::inbound
