// The fetched mails that wait to be opened. Each call is one transaction, which is durable when the
// call returns. Any thread may call it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/mail_facts.h"
#include "ledger/receipt_request.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

// Says when a mail is opened: by its priority, or after all others. The ledger orders by the
// number.
enum class Turn { emergency = 0, normal = 1, bulk = 2, slow = 3 };

// Says whether a mail in a partner's name came with the partner's good signature.
struct MailOutcome {
  std::string partner;
  bool signed_well = false;
};

// Reasons for which a mail was in quarantine until a person released it. They no longer count.
using OverruledReasons = std::set<std::string, std::less<>>;

struct MailToOpen {
  std::int64_t id = 0;
  std::string mailbox;
  // One key; for a joined mail the keys of all fragments, number 1 first.
  std::vector<std::string> spool_keys;
  unsigned tries = 0;
  Time fetched;
  OverruledReasons overruled;
  // The error code of the last try; empty if there was none.
  std::string failed_by;
  std::uint64_t size = 0;                   // bytes
  std::optional<std::uint64_t> named_size;  // as in NewMail
  bool on_server = false;
  std::string identity;    // as in NewMail; empty if the server no longer knows the mail by it
  std::string in_name_of;  // as in NewMail
  Turn turn = Turn::normal;
  Priority priority = Priority::normal;  // the one that its sender gave it
};

class OpenQueue {
 public:
  explicit OpenQueue(Database& database) : database_(database) {}

  // Claims fetched mails whose next try is due, by turn, and then the oldest first. It claims
  // either all but the slow ones, or only those. OpenedMails and Fragments record what was in the
  // mail.
  Result<std::vector<MailToOpen>> Claim(std::size_t limit, Time now, Milliseconds lease, bool slow = false);
  // Gives the mail back with another turn. It counts no try.
  Result<void> RecordTurn(std::int64_t mail, Turn turn);
  Result<void> RecordFailure(std::int64_t mail, const Error& error, Time next_try);
  // With `receipt`, the mail is really its sender's, but nothing of it could be used. The receipt
  // says "deleted" at once.
  Result<void> RecordQuarantined(std::int64_t mail, const MailFacts& facts, const Error& reason, Time now,
                                 const std::optional<ReceiptRequest>& receipt = std::nullopt);
  // The server gave a text in place of the mail. The ledger forgets that text, and the gateway asks
  // for the original again. Returns the keys of files that may be removed.
  Result<std::vector<std::string>> RecordStandIn(std::int64_t mail, const Error& error, Time now);
  // Returns the latest outcomes first.
  Result<std::vector<MailOutcome>> LatestOutcomes();

 private:
  Database& database_;
};

}  // namespace gateway::ledger
