// Which words of a mail link a document to its study. Only what the partner signed does, or what came in the same mail:
// whoever passes a mail on can change the rest, and so lay one patient's report into another's study.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/settings/partner.h"
#include "gateway/telemedicine_set.h"
#include "ledger/inbound_ledger.h"
#include "ledger/new_document.h"
#include "mime/mail_reader.h"
#include "opener/open_process.h"

namespace gateway::inbound {

// Of one message of a mail.
struct DocumentLinks {
  std::optional<TelemedicineSet> set;
  bool set_is_signed = false;
  bool words_of_wrapper = false;  // the header of a multipart/signed in it counts as signed
  bool by_mail = true;
};

// The set inside, else that of the nearest header outside.
std::optional<TelemedicineSet> SetOf(const opener::OpenReport& report);

// Whether the images of a mail say whose its documents are: they are of one study, and it names one set at most.
bool MayLinkByMail(const std::vector<const opener::OpenedMessage*>& messages);

DocumentLinks LinksOf(const PartnerSettings& partner, const opener::OpenReport& report, bool by_mail);

void DescribeLinks(const mime::LeafPart& leaf, const DocumentLinks& links, ledger::NewDocument& document);

// Into `opened`: whether the set that its facts name is signed, and the mail's other sets.
void DescribeSets(const PartnerSettings& partner, const std::vector<const opener::OpenedMessage*>& messages,
                  ledger::OpenedMail& opened);

}  // namespace gateway::inbound
