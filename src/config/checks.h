// These checks need all files. They look at references between sections, and at values that only
// one owner may have.
#pragma once

#include "config/draft.h"

namespace gateway::config {

void CheckReferences(Draft& draft);
void CheckClaims(Draft& draft);
// Refuses a partner that has an address of ours, because our own mails to it would come back as a
// partner's.
void CheckOwnAddresses(Draft& draft);
// Refuses a service that has the name of a partner, and a rule that names two services of one
// partner.
void CheckServices(Draft& draft);
// Puts partners in the place of the services that outbound rules send to.
void SendToServices(Settings& settings);
// Gives the first mailbox to partners that name none.
void SetDefaultMailbox(Settings& settings);

}  // namespace gateway::config
