#include "operations/send.h"

#include <algorithm>

#include "ledger/destination_name.h"
#include "operations/error_codes.h"
#include "outbound/file_intake.h"

namespace gateway::operations {

Result<std::int64_t> Send(const OperatorContext& context, const SendRequest& request, const Clock& clock) {
  const std::vector<PartnerSettings>& partners = context.settings.partners;
  const auto partner = std::ranges::find(partners, request.partner, &PartnerSettings::name);
  if (partner == partners.end()) {
    return Permanent(codes::kNoSuchDestination, ledger::TextOf({ledger::DestinationKind::partner, request.partner}));
  }
  outbound::FileIntake intake(context.spool, context.database, clock,
                              {context.settings.gateway, context.settings.dicom.default_character_set});
  GATEWAY_ASSIGN(const std::vector<outbound::OutgoingFile> files, intake.Take(request.files));
  return intake.Queue(*partner, request.priority, files);
}

}  // namespace gateway::operations
