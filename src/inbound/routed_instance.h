// Decides where a received DICOM object goes, and logs it. The object came in a mail, or was made
// of a document.
#pragma once

#include <string>

#include "gateway/instance.h"
#include "gateway/result.h"
#include "inbound/service_results.h"
#include "ledger/received_instance.h"
#include "routing/router.h"

namespace gateway::inbound {

// Returns the instance as it is to be recorded, still without its file. The facts name its header.
// What they say about services is found here. Error: that of the ledger.
Result<ledger::NewReceivedInstance> Routed(routing::InboundFacts facts, const routing::Router& router,
                                           ServiceResults& results);

// `from` is the mail or document with which the instance came.
void LogInstance(const ledger::ReceivedInstance& received, const std::string& from, const std::string& partner,
                 const InstanceHeader& header);

}  // namespace gateway::inbound
