// A non-DICOM part of a mail.
#pragma once

#include <cstdint>

#include "gateway/time.h"
#include "ledger/opened_mails.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// A document of a mail that was opened: waits from now on. One that came before, with another mail, is noted as carried
// by this mail too, and waits again where it is in quarantine.
ReceivedDocument RecordDocument(Session& session, const OpenedMail& mail, const NewDocument& document, Time now);

// Instances of this mail are recorded: documents of its set and of their studies that nothing came for wait again.
void WakeDocuments(Session& session, const OpenedMail& mail);

}  // namespace gateway::ledger
