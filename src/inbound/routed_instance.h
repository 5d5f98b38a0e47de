// A received DICOM object, of a mail or made of a document: where it goes, and what is logged of it.
#pragma once

#include <string>

#include "gateway/instance.h"
#include "ledger/inbound_ledger.h"
#include "routing/router.h"

namespace gateway::inbound {

// To be recorded, without its file yet.
ledger::NewReceivedInstance Routed(const InstanceHeader& header, const routing::Router& router,
                                   const std::string& partner);

// `from`: the mail or document that it came with.
void LogInstance(const ledger::ReceivedInstance& received, const std::string& from, const std::string& partner,
                 const InstanceHeader& header);

}  // namespace gateway::inbound
