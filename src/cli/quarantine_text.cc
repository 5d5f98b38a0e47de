#include "cli/quarantine_text.h"

#include "base/printable.h"
#include "gateway/item_id.h"
#include "gateway/result.h"
#include "ledger/error_codes.h"

namespace gateway::cli {

std::string DetailOf(const ledger::QuarantineItem& item) {
  if (item.id.kind != ItemKind::instance) return Printable(item.detail);
  if (Is(item.reason, codes::kNoRoute)) return "no outbound rule matches";
  if (Is(item.reason, codes::kNoInboundRoute)) return "no inbound rule matches";
  if (!item.detail.empty()) return item.detail;
  return "the same SOP Instance UID came before with another data set";
}

std::string WordsOf(const ledger::StudyOfDocument& study) {
  const std::string instance = Format(ItemKind::instance, study.instance);
  const std::string came = instance + ", which came with " + Format(ItemKind::mail, study.instance_mail);
  const std::string mail = Format(ItemKind::mail, study.mail);
  switch (study.link) {
    case ledger::DocumentLink::person:
      return "was named by a person: " + came;
    case ledger::DocumentLink::mail:
      return "is that of " + instance + ": image and document came in " +
             (study.mail_is_signed ? "one signed mail, " + mail : "one mail, " + mail + ", which needed no signature");
    case ledger::DocumentLink::words:
      return "is named by words " +
             std::string(study.mail_is_signed ? "that its sender signed: " : "inside the mail: ") + came;
    case ledger::DocumentLink::unsigned_words:
      break;
  }
  return "is named by words that nobody signed: " + came;
}

}  // namespace gateway::cli
