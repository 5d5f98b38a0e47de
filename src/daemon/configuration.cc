#include "daemon/configuration.h"

#include <utility>

namespace gateway::daemon {

Result<std::shared_ptr<const Configuration>> Configuration::Build(Settings settings) {
  GATEWAY_ASSIGN(security::Keys keys, security::ReadKeys(settings.mailboxes, settings.partners));
  GATEWAY_ASSIGN(routing::Router router, routing::Router::Create(settings.routes));
  return std::shared_ptr<const Configuration>(
      new Configuration{std::move(settings), std::move(keys), std::move(router), nullptr});
}

outbound::OutboundSettings Configuration::ForOutbound() const {
  return {.dicom = settings.dicom,
          .mailboxes = settings.mailboxes,
          .partners = settings.partners,
          .routes = settings.routes,
          .retry = settings.retry,
          .router = router,
          .keys = keys,
          .transform = transform.get()};
}

inbound::InboundSettings Configuration::ForInbound() const {
  return {.gateway = settings.gateway,
          .pacs = settings.pacs,
          .mailboxes = settings.mailboxes,
          .partners = settings.partners,
          .routes = settings.routes,
          .receipts = settings.receipts,
          .reception = settings.reception,
          .retry = settings.retry,
          .router = router,
          .keys = keys,
          .transform = transform.get()};
}

}  // namespace gateway::daemon
