// What the ledger knows of the inbound pipeline: mails from the mailboxes, the instances they carried, their
// deliveries.
//
// States.  mail:     fetched -> opened; fragment -> joined; quarantined; dropped
//          instance: accepted -> stored (every delivery done); undeliverable (no inbound route), conflict (same SOP
//                    Instance UID, other data set), both waiting for a person; dropped
//          delivery: waiting -> stored; failed
// A joined mail is a row of its own that stands for its fragments.
// Every call is one transaction, durable when it returns; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/result.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/database.h"

namespace gateway::ledger {

struct NewMail {
  std::string mailbox;
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string spool_key;
  std::uint64_t size = 0;  // bytes
  std::string sha256;
  Time fetched;
};

struct AddedMail {
  std::int64_t mail = 0;
  bool known = false;  // this UID was fetched before: the new file is not needed
};

struct KnownMail {
  std::uint32_t uid = 0;
  std::int64_t mail = 0;
};

struct MailToOpen {
  std::int64_t id = 0;
  std::string mailbox;
  std::vector<std::string> spool_keys;  // one; of a joined mail: all fragments, number 1 first
  bool joined = false;
  unsigned tries = 0;
  Time fetched;
};

// What is known of a mail once its header has been read; any of it may be empty.
struct MailFacts {
  std::string sender;   // address
  std::string partner;  // whose address that is
  std::string message_id;
  std::string signer;  // fingerprint of a valid signature's key
  std::optional<TelemedicineSet> set;
};

struct Partial {
  std::string id;
  unsigned number = 0;
  unsigned total = 0;  // 0: not given
};

struct FragmentOutcome {
  bool duplicate = false;               // this number is there already: the mail is done
  std::optional<std::int64_t> joined;   // all fragments are in: the mail that stands for them, fetched
  unsigned fragments = 0;               // of the joined mail
  std::vector<std::string> spool_keys;  // of mails that are done with this: their files may go
};

struct NewReceivedInstance {
  InstanceHeader header;
  std::string spool_key;
  std::vector<std::string> pacs;  // empty: undeliverable
};

enum class InstanceOutcome {
  accepted,
  duplicate,      // same SOP Instance UID and hash from this partner before: the new file is not needed
  conflict,       // same SOP Instance UID, other hash: kept, waits for a person
  undeliverable,  // kept, waits for a person
};

struct ReceivedInstance {
  std::int64_t instance = 0;  // of the earlier one when it is a duplicate
  InstanceOutcome outcome = InstanceOutcome::accepted;
};

struct OpenedMail {
  std::int64_t mail = 0;
  MailFacts facts;
  std::vector<NewReceivedInstance> instances;
  // Something in the mail could not be used: the instances are taken, the mail is quarantined with this reason.
  std::optional<Error> leftover;
};

struct RecordedMail {
  std::vector<ReceivedInstance> instances;  // as in OpenedMail
  std::vector<std::string> spool_keys;      // of mails that are done with this: their files may go
};

struct DeliveryToMake {
  std::int64_t id = 0;
  std::int64_t instance = 0;
  std::string spool_key;
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;
  std::uint64_t dataset_offset = 0;
  unsigned tries = 0;
  Time created;
};

class InboundLedger {
 public:
  explicit InboundLedger(Database& database) : database_(database) {}

  // Point (4).
  Result<AddedMail> AddMail(const NewMail& mail);
  // Mails of this mailbox and UIDVALIDITY that we hold and that may still be on the server.
  Result<std::vector<KnownMail>> MailsOnServer(const std::string& mailbox, std::uint32_t uid_validity);
  Result<void> RecordRemoved(const std::string& mailbox, std::uint32_t uid_validity,
                             const std::vector<std::uint32_t>& uids);

  // Fetched mails whose next try is due, oldest first.
  Result<std::vector<MailToOpen>> ClaimToOpen(std::size_t limit, Time now, Milliseconds lease);
  // Keys: (sender, partial id). A fragment that comes after its message was joined counts as duplicate, unless that
  // message was dropped. Two different totals under one key: it never joins. corrupt "fragment-out-of-range": number
  // or total beyond 10 000, number 0 or above the total; corrupt "fragment-nested": a joined mail that is a fragment
  // itself, without `joined_key`, the key of a mail file with its joined content.
  Result<FragmentOutcome> RecordFragment(std::int64_t mail, const MailFacts& facts, const Partial& partial, Time now,
                                         const std::string& joined_key = {});
  // Point (5). One transaction for the mail, its instances and their deliveries.
  Result<RecordedMail> RecordOpened(const OpenedMail& mail, Time now);
  Result<void> RecordQuarantined(std::int64_t mail, const MailFacts& facts, const Error& reason, Time now);
  Result<void> RecordOpenFailure(std::int64_t mail, const Error& error, Time next_try);

  // Waiting deliveries to `pacs` whose next try is due, oldest first.
  Result<std::vector<DeliveryToMake>> ClaimDeliveries(const std::string& pacs, std::size_t limit, Time now,
                                                      Milliseconds lease);
  // Point (6). True when the instance is stored by every PACS with it.
  Result<bool> RecordDelivered(std::int64_t delivery, unsigned status, Time now);
  // next_try nullopt: failed for good.
  Result<void> RecordDeliveryFailure(std::int64_t delivery, const Error& error, std::optional<Time> next_try);
  Result<void> UnclaimDeliveries(const std::vector<std::int64_t>& deliveries);
  Result<void> UnclaimAll();

  // Instances stored since before `stored_before` that still have a file: forgets the files and returns their keys.
  Result<std::vector<std::string>> ForgetFiles(Time stored_before, std::size_t limit);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
