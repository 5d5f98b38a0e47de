// Decides which words of a mail link a document to its study. Only words that the partner signed,
// or images in the same mail, do that. Whoever passes a mail on can change other words, and so put
// one patient's document into another patient's study.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/settings/partner.h"
#include "gateway/telemedicine_set.h"
#include "ledger/new_document.h"
#include "ledger/opened_mails.h"
#include "mime/mail_reader.h"
#include "opener/open_process.h"

namespace gateway::inbound {

// The links that one message of a mail gives.
struct DocumentLinks {
  std::optional<TelemedicineSet> set;
  bool set_is_signed = false;
  bool words_of_wrapper = false;  // the header of a multipart/signed in it counts as signed
  bool by_mail = true;
};

// Returns the set inside, otherwise that of the nearest header outside.
std::optional<TelemedicineSet> SetOf(const opener::MessageReply& reply);

// Returns whether the images of a mail say to which study its documents belong. They do if they are
// of one study and the mail names at most one set.
bool MayLinkByMail(const std::vector<const opener::OpenedMessage*>& messages);

DocumentLinks LinksOf(const PartnerSettings& partner, const opener::MessageReply& reply, bool by_mail);

void DescribeLinks(const mime::LeafPart& leaf, const DocumentLinks& links, ledger::NewDocument& document);

// Writes into `opened` whether the set that its facts name is signed, and the mail's other sets.
void DescribeSets(const PartnerSettings& partner, const std::vector<const opener::OpenedMessage*>& messages,
                  ledger::OpenedMail& opened);

}  // namespace gateway::inbound
