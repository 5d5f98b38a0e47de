#include "security/signed_content.h"

#include <utility>

namespace gateway::security {

Result<std::optional<SignedContent>> ReadSignedContent(int file, std::uint64_t size, const mime::ReadLimits& limits,
                                                       const MailOpeners& openers) {
  GATEWAY_ASSIGN(const std::optional<mime::SignedEntity> entity, mime::ReadSignedEntity(file, size, limits));
  if (!entity) return std::optional<SignedContent>();
  GATEWAY_ASSIGN(std::vector<Signature> signatures, openers.Of(entity->security).Verify(file, *entity));
  return std::optional(SignedContent{entity->signed_range, std::move(signatures)});
}

}  // namespace gateway::security
