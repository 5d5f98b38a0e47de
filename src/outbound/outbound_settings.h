// The sections of the configuration that the outbound pipeline works by, and what is made of them.
#pragma once

#include <vector>

#include "gateway/settings/dicom.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/pacs.h"
#include "gateway/settings/partner.h"
#include "gateway/settings/retry.h"
#include "gateway/settings/routes.h"
#include "routing/router.h"
#include "security/keys.h"
#include "transform/transform.h"

namespace gateway::outbound {

// All of them belong to one configuration, which outlives the pipeline. A stage keeps the sections
// that it needs, and not this struct.
struct OutboundSettings {
  const DicomSettings& dicom;
  const std::vector<MailboxSettings>& mailboxes;
  const std::vector<PartnerSettings>& partners;
  const RouteSettings& routes;
  const RetrySettings& retry;
  const std::vector<PacsSettings>& pacs;            // whose counts the rules may ask for
  const routing::Router& router;                    // of `routes`
  const security::Keys& keys;                       // of the mailboxes and partners
  const transform::Transform* transform = nullptr;  // nullptr: no rule asks for a change
};

}  // namespace gateway::outbound
