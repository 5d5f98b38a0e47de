#include "daemon/configuration.h"

#include <utility>

namespace gateway::daemon {

Result<std::shared_ptr<const Configuration>> Configuration::Build(Settings settings) {
  GATEWAY_ASSIGN(security::Keys keys, security::ReadKeys(settings.mailboxes, settings.partners));
  GATEWAY_ASSIGN(routing::Router router, routing::Router::Create(settings.routes));
  transform::Recipes recipes = transform::MakeRecipes(settings.routes, settings.gateway.name);
  return std::shared_ptr<const Configuration>(
      new Configuration{std::move(settings), std::move(keys), std::move(router), std::move(recipes)});
}

outbound::OutboundSettings Configuration::ForOutbound(const transform::Transform* transform) const {
  return {.dicom = settings.dicom,
          .mailboxes = settings.mailboxes,
          .partners = settings.partners,
          .routes = settings.routes,
          .retry = settings.retry,
          .pacs = settings.pacs,
          .router = router,
          .keys = keys,
          .transform = transform};
}

inbound::InboundSettings Configuration::ForInbound(const transform::Transform* transform) const {
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
          .transform = transform,
          .services = settings.services};
}

}  // namespace gateway::daemon
