#include "daemon/configuration.h"

#include <utility>

namespace gateway::daemon {

Result<std::shared_ptr<const Configuration>> Configuration::Build(Settings settings) {
  GATEWAY_ASSIGN(openpgp::KeyMaterial keys, openpgp::ReadKeyMaterial(settings.mailboxes, settings.partners));
  GATEWAY_ASSIGN(routing::Router router, routing::Router::Create(settings.routes));
  return std::shared_ptr<const Configuration>(
      new Configuration{std::move(settings), std::move(keys), std::move(router)});
}

outbound::OutboundSettings Configuration::ForOutbound() const {
  return {settings.dicom, settings.mailboxes, settings.partners, settings.routes, settings.retry};
}

inbound::InboundSettings Configuration::ForInbound() const {
  return {settings.gateway, settings.pacs,     settings.mailboxes, settings.partners,
          settings.routes,  settings.receipts, settings.reception, settings.retry};
}

}  // namespace gateway::daemon
