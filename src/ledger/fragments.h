// Holds mails that are fragments of a larger message (message/partial) until all fragments are
// here. Each call is one transaction, which is durable when the call returns. Any thread may call
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/reception.h"
#include "gateway/time.h"
#include "ledger/mail_facts.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct FragmentPlace {
  std::string id;
  unsigned number = 0;
  unsigned total = 0;  // 0 if it is not given
  // Hash of its content, the same however often it is sent; empty if it is not known.
  std::string sha256 = {};
};

// A file that replaces the file of a fragment's mail. It holds what was wrapped in the mail, or
// what the mail was joined from.
struct FragmentFile {
  std::string key;         // empty if there is none
  std::uint64_t size = 0;  // bytes
  std::string sha256 = {};
};

struct FragmentOutcome {
  bool duplicate = false;  // this number is there already, so the mail is done
  // All fragments are here: this mail, which is now fetched, stands for them.
  std::optional<std::int64_t> joined;
  unsigned fragments = 0;  // the number of fragments of the joined mail
  // The files of mails that are done with this, which may be removed.
  std::vector<std::string> spool_keys;
};

struct ExpiredFragments {
  std::string partner;
  // These are now in quarantine, "fragments-expired" or "fragments-displaced".
  std::vector<std::int64_t> mails;
  unsigned total = 0;  // 0 if it is not known
};

// Fragments belong together by their key (sender, partial id).
class Fragments {
 public:
  explicit Fragments(Database& database) : database_(database) {}

  // A fragment that comes after its message was joined is a duplicate, unless that message was
  // dropped. Fragments with two different totals under one key are never joined. Other fragments of
  // the key that had expired wait again. Errors: corrupt "fragment-out-of-range" (number or total
  // beyond 10 000, number 0 or above the total); corrupt "fragment-nested" (a joined mail that is a
  // fragment itself, without `file`, which has its joined content).
  Result<FragmentOutcome> Record(std::int64_t mail, const MailFacts& facts, const FragmentPlace& place, Time now,
                                 const FragmentFile& file = {});
  // Gives up fragments that wait since before `fetched_before`, with all others of their key; at
  // most `limit` keys.
  Result<std::vector<ExpiredFragments>> Expire(Time fetched_before, std::size_t limit, Time now);
  // Gives up the fragments above each partner's limits, the oldest messages first; at most `limit`
  // of them.
  Result<std::vector<ExpiredFragments>> Displace(const FragmentLimits& limits, std::size_t limit, Time now);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
