// Records what partners and mail servers say about messages that were sent: receipts and bounces
// (durable point 3). Each call is one transaction, which is durable when the call returns. Any
// thread may call it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/profile.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/states.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// Names what a partner, or a mail server, said about a message that was sent.
enum class Answer {
  delivered,  // displayed
  warning,    // displayed/warning
  resend,     // deleted/error: the message is sent again, up to a limit
  refused,    // deleted
  bounced,    // DSN "failed", or a bounce in plain text
  returned,   // a bounce for a reason that passes, such as a full mailbox: it is sent again later
  too_large,  // a bounce: the message is sent again in smaller pieces
  delayed,    // DSN "delayed": changes nothing
};

struct Report {
  Answer answer = Answer::delivered;
  // A partner's receipt fits only messages to that partner. Empty: it is from a mail server, and
  // fits any message.
  std::string partner;
  // The Message-IDs of the original, without angle brackets. The first known one counts.
  std::vector<std::string> message_ids;
  // It matches a partner's receipt if no id is known. If an id is known, the set must not name
  // another part.
  std::optional<TelemedicineSet> set;
  // Says when a returned message is sent again, by how often it was returned before, and since
  // when. nullopt means that it is not sent again.
  std::function<std::optional<Time>(unsigned returns, Time since, bool urgent)> again;
  // False if nobody signed the set. Such a set can be guessed, so it alone matches nothing.
  bool trusted_set = true;
  std::string words;  // for people: the disposition, or the server's words; cut to 500 bytes
  // The rest is about a partner's receipt.
  std::string partner_address;  // lower case
  std::string partner_key;      // fingerprint
  // The secret that the receipt repeats. Empty means that the receipt says that there was none.
  // nullopt means that it says nothing.
  std::optional<std::string> nonce;
  bool signed_by_partner = false;
  ReceiptSecret secret = ReceiptSecret::ignored;  // whether it must repeat the secret
  // A person says that the receipt is good without the secret.
  bool overruled = false;
};

struct ReportOutcome {
  bool known = false;    // some message fits; otherwise the rest is empty
  bool foreign = false;  // an id fits a message to another partner; nothing was changed
  std::string refused;   // as MissingSecret() says; nothing was changed
  bool changed = false;  // it was news: not a repetition, and not overtaken by a better answer
  bool resent = false;   // the message waits again, to be sealed anew
  // It was not resent because of the limit, or because its files are gone: refused.
  bool given_up = false;
  std::int64_t message = 0;
  std::int64_t shipment = 0;
  std::string partner;
  // Afterwards; nullopt if no message of ours is known.
  std::optional<ShipmentState> shipment_state;
  bool shipment_changed = false;  // the shipment has another state than before
  // The message bounced: how many of its shipment have.
  std::int64_t bounced = 0;
  // It was returned: how many of the partner's in a row.
  std::int64_t returned = 0;
  Time next_try;  // if it was resent
  // Mails had been returned, and now the partner answers.
  bool takes_again = false;
  std::int64_t receipt = 0;  // not known: the receipt of ours that bounced
  // Not known: how many receipts of the partner in a row fit nothing.
  std::int64_t unmatched = 0;
  // It fits, although its Message-ID is none of ours, and that is new.
  bool rewritten = false;
  std::vector<std::string> message_keys;  // of message files that are no longer needed
  // The keys of the received mail's files, which may be removed.
  std::vector<std::string> mail_keys;
};

struct OverdueShipment {
  std::int64_t shipment = 0;
  std::string partner;
  std::size_t messages = 0;  // the number of newly overdue messages
};

class Reports {
 public:
  explicit Reports(Database& database) : database_(database) {}

  // `mail` is the received mail that carried the report. It is done afterwards (state report),
  // unless nothing fits, or the report is foreign or refused. `next_try` says when a resent message
  // is due. Every Message-ID under which the message ever left counts. A good answer to any copy is
  // an answer to the message; a bad answer counts only for the copy that left last. A delivered
  // message stays delivered, whatever comes later. The states refused, bounced and overdue give way
  // to a receipt. A message that waits again, or is sealed again, need not be sent any more if an
  // older copy got its receipt. Bad news that fits only by its set cannot name the copy, so it is
  // no news if the same mail comes once more.
  Result<ReportOutcome> Record(const Report& report, std::int64_t mail, unsigned resend_limit, Time next_try, Time now);
  // Finds messages that asked for a receipt, were sent before `sent_before`, and have none. They
  // are overdue from now on.
  Result<std::vector<OverdueShipment>> RecordOverdue(Time sent_before, std::size_t limit, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
