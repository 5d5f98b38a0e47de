// A non-DICOM part of a mail.
#pragma once

#include <cstdint>

#include "gateway/time.h"
#include "ledger/opened_mails.h"
#include "ledger/store/session.h"

namespace gateway::ledger {

// Records a document of a mail that was opened. It waits from now on. If the document came before
// with another mail, the ledger notes that this mail carried it too. If that document is in
// quarantine, it waits again. If it has become an instance and its sender sends it anew, that
// instance is delivered once more.
ReceivedDocument RecordDocument(Session& session, const OpenedMail& mail, const NewDocument& document, Time now);

// Call this when the instances of this mail are recorded. Documents of its set and of its studies
// that had found no study wait again.
void WakeDocuments(Session& session, const OpenedMail& mail);

}  // namespace gateway::ledger
