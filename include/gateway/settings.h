// This is the configuration as the daemon sees it: plain structs with their defaults in place,
// which do not change after the threads start. src/config builds them from YAML. Each stage gets
// its own struct only, and includes only its own section. All paths are absolute.
#pragma once

#include <vector>

#include "gateway/settings/dicom.h"
#include "gateway/settings/gateway.h"
#include "gateway/settings/log.h"
#include "gateway/settings/mail.h"
#include "gateway/settings/mailbox.h"
#include "gateway/settings/pacs.h"
#include "gateway/settings/partner.h"
#include "gateway/settings/profile.h"
#include "gateway/settings/receipts.h"
#include "gateway/settings/reception.h"
#include "gateway/settings/retention.h"
#include "gateway/settings/retry.h"
#include "gateway/settings/routes.h"
#include "gateway/settings/services.h"
#include "gateway/settings/tls.h"

namespace gateway {

struct Settings {
  GatewaySettings gateway;
  DicomSettings dicom;
  std::vector<PacsSettings> pacs;
  std::vector<MailboxSettings> mailboxes;
  std::vector<PartnerSettings> partners;
  std::vector<ServiceSettings> services;
  RouteSettings routes;
  ReceiptSettings receipts;
  ReceptionSettings reception;
  RetrySettings retry;
  RetentionSettings retention;
};

}  // namespace gateway
