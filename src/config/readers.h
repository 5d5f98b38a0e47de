// Each section of the file has one reader. It fills its part of the settings and notes the
// mistakes in the section's draft.
#pragma once

#include "config/section.h"
#include "gateway/settings/limits.h"

namespace gateway::config {

void ReadGateway(Section section);
void ReadReceipts(Section section);
void ReadReception(Section section);
void ReadRetry(Section section);
void ReadRetention(Section section);
void ReadDicom(Section section);
void ReadPacs(FileDraft& draft, const YamlNode& node);
void ReadMailboxes(FileDraft& draft, const YamlNode& node);
void ReadPartners(FileDraft& draft, const YamlNode& node);
void ReadServices(FileDraft& draft, const YamlNode& node);
void ReadRoutes(Section section);
// Reads the limits of a mailbox or a partner, below `limits`.
void ReadLimits(Section section, LimitSettings& limits);
// Adds the rules and holidays of a file of routes.d.
void ReadMoreRoutes(Section section);

}  // namespace gateway::config
