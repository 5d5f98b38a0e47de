// What the ledger knows of the outbound pipeline: instances that came by C-STORE, the shipments they make, the messages
// that carry them. The ledger is the queue: workers claim rows by lease, so that a crash, or another node, takes over.
//
// States.  instance: routed, held (no route: waits for a person), dropped
//          message:  waiting -> sealed -> sent -> delivered, warning; overdue (no receipt yet: alarm, not the end),
//                    refused, bounced, failed. A receipt that may be mended by it sets a message back to waiting.
//          shipment: open -> closed -> sent -> delivered; the first that fits of: failed, bounced, refused (one of its
//                    messages is), closed (one is not sent yet), overdue (one is), delivered, warning (all are
//                    receipted), sent. Where no receipt is asked for, sent is the end.
//          fragment: waiting -> sent
// Every call is one transaction, durable when it returns; thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/item_id.h"
#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/settings/profile.h"
#include "gateway/stream.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/destinations.h"
#include "ledger/new_document.h"
#include "ledger/states.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct NewInstance {
  InstanceHeader header;  // the ledger keeps the identifiers, sizes and hash, not the route attributes
  std::string spool_key;
  std::string calling_ae;
  std::string called_ae;
  Time received;
};

// Where an instance goes. `set_id` is used when a shipment must be opened for it.
struct Assignment {
  std::string partner;
  std::string mailbox;
  std::string rule;
  Priority priority = Priority::normal;
  Release release = Release::study;
  std::string set_id;
};

struct AddedInstance {
  std::int64_t instance = 0;
  std::vector<std::int64_t> shipments;  // empty: held
};

struct OpenShipment {
  std::int64_t id = 0;
  std::string partner;
  struct Item {
    std::int64_t instance = 0;
    std::uint64_t size = 0;  // bytes of the file
  };
  std::vector<Item> items;   // in order of arrival
  bool never_quiet = false;  // it is here for its age
};

struct MessageToSeal {
  std::int64_t id = 0;
  std::int64_t shipment = 0;
  std::string partner;
  std::string mailbox;
  TelemedicineSet set;  // part and total count the messages of the shipment
  struct Item {
    std::int64_t instance = 0;  // 0: a document
    std::string spool_key;
    std::string content_type = "application/dicom";
    std::string name;  // of a document; empty: to be made from the part's number
    bool document = false;
  };
  std::vector<Item> items;
  std::string study_id;  // X-TELEMEDICINE-STUDYID
  Priority priority = Priority::normal;
  unsigned tries = 0;
  Time created;
};

// A set sent by hand: one message a file, in this order; closed at once.
struct NewShipment {
  std::string partner;
  std::string mailbox;
  std::string rule;  // "send"
  Priority priority = Priority::normal;
  std::string set_id;
  std::string study_id;  // of the first instance, else made up
  struct File {
    std::optional<NewInstance> instance;  // one of the two
    std::optional<NewDocument> document;
  };
  std::vector<File> files;
  Time created;
};

struct Fragment {
  unsigned number = 1;  // from 1
  unsigned total = 1;
  ByteRange range;         // of the message's file
  std::string message_id;  // of the fragment's own mail
};

// Bytes: below this no message is cut to find out what a mail server takes.
inline constexpr std::uint64_t kSmallestPiece = 250'000;

struct SealedMessage {
  std::string spool_key;
  std::uint64_t size = 0;           // bytes
  std::string message_id;           // without angle brackets
  Time date;                        // of the Date field
  std::string partial_id;           // empty: one mail
  std::vector<Fragment> fragments;  // empty: one mail
  ReceiptMode receipt_asked = ReceiptMode::none;
  // For whom, and from which mailbox, it was sealed; a person may have redirected the message meanwhile. Empty: as the
  // ledger has it.
  std::string partner;
  std::string mailbox;
  std::string nonce;            // that the receipt is to repeat; empty: none
  std::string partner_address;  // whom it was sealed for, lower case
  std::string partner_key;      // fingerprint
};

struct MessageToSend {
  std::int64_t id = 0;
  std::int64_t shipment = 0;
  std::string partner;
  SealedMessage sealed;  // fragments: only those not sent yet, in order
  Priority priority = Priority::normal;
  unsigned tries = 0;
  Time created;
};

// What a partner, or a mail server, said of a message that was sent.
enum class Answer {
  delivered,  // displayed
  warning,    // displayed/warning
  resend,     // deleted/error: is sent again, up to a limit
  refused,    // deleted
  bounced,    // DSN "failed", or a bounce in plain text
  returned,   // a bounce for a reason that passes, a full mailbox for one: is sent again after a while
  too_large,  // a bounce: is sent again in smaller pieces
  delayed,    // DSN "delayed": changes nothing
};

struct Report {
  Answer answer = Answer::delivered;
  // A partner's receipt fits its own messages only; empty: from a mail server, fits any.
  std::string partner;
  std::vector<std::string> message_ids;  // of the original, without angle brackets; the first that is known counts
  // A receipt of a partner is matched by it when no id is known. Where an id is, it must not name another part.
  std::optional<TelemedicineSet> set;
  // Of what is returned: when it is sent again, by how often that was before, and since when; nullopt: no more.
  std::function<std::optional<Time>(unsigned returns, Time since, bool urgent)> again;
  bool trusted_set = true;  // false: nobody signed it, and it can be guessed, so that it alone matches nothing
  std::string words;        // for people: disposition, or the server's words; cut to 500 bytes
  // Of a partner's receipt.
  std::string partner_address;       // lower case
  std::string partner_key;           // fingerprint
  std::optional<std::string> nonce;  // that it repeats; empty: it says that there was none; nullopt: it says nothing
  bool signed_by_partner = false;
  ReceiptSecret secret = ReceiptSecret::ignored;  // whether it must repeat the secret
  bool pardoned = false;                          // a person says that it is good without
};

struct ReportOutcome {
  bool known = false;     // some message fits; the rest is empty otherwise
  bool foreign = false;   // an id fits a message to another partner: nothing was changed
  std::string refused;    // as MissingSecret() says; nothing was changed
  bool changed = false;   // it was news: not a repetition, and not overtaken by a better answer
  bool resent = false;    // the message waits again, to be sealed anew
  bool given_up = false;  // it would have been resent, but for the limit, or its files are forgotten: refused
  std::int64_t message = 0;
  std::int64_t shipment = 0;
  std::string partner;
  std::optional<ShipmentState> shipment_state;  // after it; nullopt: no message of ours is known
  bool shipment_changed = false;                // its state is another one than before
  std::int64_t bounced = 0;                     // it is bounced: so many of its shipment are
  std::int64_t returned = 0;                    // it was returned: so many of the partner's in a row
  Time next_try;                                // resent: when
  bool takes_again = false;                     // mails had been returned, and the partner answers
  std::int64_t receipt = 0;                     // not known: the bounce is of this receipt of ours
  std::int64_t unmatched = 0;                   // not known: the partner's receipts in a row that fit nothing
  bool rewritten = false;                       // it fits though its Message-ID is none of ours, and that is new
  std::vector<std::string> message_keys;        // of message files that are not needed any more
  std::vector<std::string> mail_keys;           // of the files of the received mail: they may go
};

struct OverdueShipment {
  std::int64_t shipment = 0;
  std::string partner;
  std::size_t messages = 0;  // newly overdue
};

struct Resent {
  std::size_t messages = 0;               // that wait again
  std::vector<std::string> message_keys;  // of message files that are not needed any more
};

class OutboundLedger {
 public:
  explicit OutboundLedger(Database& database) : database_(database) {}

  // Which of those that things go to are away.
  [[nodiscard]] Destinations destinations() { return Destinations(database_); }

  // Point (1). For release: study, adds the instance to the open shipment of (study, partner, rule), or opens one; for
  // release: instance, makes a closed shipment of this instance with one message, part 1 of 1. The same instance
  // (SOP Instance UID and hash) twice in one open shipment stands there once. No assignment: the instance is held.
  Result<AddedInstance> AddInstance(const NewInstance& instance, const std::vector<Assignment>& assignments);
  // Routes a held instance; false when it is not held.
  Result<bool> AssignHeld(std::int64_t instance, const std::vector<Assignment>& assignments, Time now);

  // A closed shipment with a message a file. Point (1) for files sent by hand.
  Result<std::int64_t> AddShipment(const NewShipment& shipment);

  // Open shipments that no instance was added to since `quiet_since`, and those that were opened before
  // `opened_before`.
  Result<std::vector<OpenShipment>> QuietShipments(Time quiet_since, std::size_t limit, Time opened_before = {});
  // When the open shipment that is quiet longest got its last instance.
  Result<std::optional<Time>> OldestOpenShipment();
  // Closes the shipment with these messages (instances, in order). Where other instances came meanwhile it is false and
  // nothing is done; or, with `rest_set_id`, those go into another open shipment, which has this SETID.
  Result<bool> CloseShipment(std::int64_t shipment, const std::vector<std::vector<std::int64_t>>& messages, Time now,
                             const std::string& rest_set_id = {});

  // Waiting messages, by priority, then age. A claim ends with Record...(), Unclaim() or after `lease`.
  Result<std::vector<MessageToSeal>> ClaimToSeal(std::size_t limit, Time now, Milliseconds lease);
  // False: the message does not wait any more, or for another partner or mailbox than it was sealed for, and the
  // caller's file is an orphan, to be removed.
  Result<bool> RecordSealed(std::int64_t message, const SealedMessage& sealed);
  // next_try nullopt: failed for good. False: the message's fate was decided meanwhile, by a receipt or another worker.
  Result<bool> RecordSealFailure(std::int64_t message, const Error& error, std::optional<Time> next_try);

  // Sealed messages of `mailbox` whose next try is due, by priority (`least` at least), then age.
  Result<std::vector<MessageToSend>> ClaimToSend(const std::string& mailbox, std::size_t limit, Time now,
                                                 Milliseconds lease, Priority least = Priority::bulk);
  // What became of the copy with this Message-ID (a fragment has one of its own). A sender whose lease ran out may
  // speak of an older copy than the one that is to be sent now: that changes nothing.
  Result<void> RecordFragmentSent(std::int64_t message, const std::string& message_id, const std::string& reply,
                                  Time now);
  // Point (2). True when the shipment's last message is sent with it. The caller may then remove the copy's file.
  Result<bool> RecordSent(std::int64_t message, const std::string& message_id, const std::string& reply, Time now);
  Result<bool> RecordSendFailure(std::int64_t message, const std::string& message_id, const Error& error,
                                 std::optional<Time> next_try);
  // Cut anew, as it was too large for a mail server: the fragments of before are void. False: the copy is not to be
  // sent any more.
  Result<bool> RecordCut(std::int64_t message, const SealedMessage& sealed);
  // Bytes of one mail that a partner's mail servers took, where they refused larger ones; by the partner's key. 0: none
  // is known, or it was learned so long ago that larger ones are worth a try.
  Result<std::uint64_t> SizeLimitOf(const std::string& partner_key, Time now);
  Result<void> LearnSizeLimit(const std::string& partner_key, std::uint64_t bytes, Time now);
  // While a partner, or the mail server before it, fails: the claimed message waits until then, and with it all others
  // of its mailbox and partner; emergencies wait only when they are claimed themselves. No try is counted.
  Result<void> PostponeSealing(const MessageToSeal& message, Time until, Time now);
  Result<void> PostponeSending(const MessageToSend& message, const std::string& mailbox, Time until, Time now);
  // It works again: what was postponed is due. `partner` empty: all of the mailbox.
  Result<void> Hasten(const std::string& mailbox, const std::string& partner, Time now);
  // Whether any message is sealed and not sent. `partner` empty: to anybody.
  Result<bool> HasSealed(const std::string& mailbox, const std::string& partner);
  // Next tries further ahead than `longest_wait`, and other times that lie in the future, were set before the clock was
  // set back: they are now. Returns how many.
  Result<std::size_t> RecordClockSetBack(Milliseconds longest_wait, Time now);
  // Gives a claim back without counting a try.
  Result<void> Unclaim(const std::vector<std::int64_t>& messages);
  // Point (3). `mail`: the received mail that carried the report; it is done with this (state report), unless nothing
  // fits or it is foreign or refused. `next_try`: when a resent message is due. Every Message-ID that the message ever
  // left under counts: a good answer to any copy is an answer to the message, a bad one only to the copy that left
  // last. A message that is delivered stays so, whatever comes later; refused, bounced and overdue give way to a
  // receipt; one that waits again, or is sealed again, needs no sending any more when an older copy got its receipt.
  // Bad news that fits by its set alone cannot name the copy: the same mail once more is no news.
  Result<ReportOutcome> RecordReport(const Report& report, std::int64_t mail, unsigned resend_limit, Time next_try,
                                     Time now);
  // Sent messages that asked for a receipt, sent before `sent_before` and still without: overdue from now on.
  Result<std::vector<OverdueShipment>> RecordOverdue(Time sent_before, std::size_t limit, Time now);
  // Messages of a shipment, or one message: back to waiting, to be sealed anew under a new Message-ID. What still waits
  // or is sealed stays as it is. `missing_only`: not those that are delivered (or sent, where no receipt is asked).
  // permanent "no-such-item", "not-closed" (an open shipment), "files-gone" (the retention time of an instance is
  // over): nothing is changed then. The resend limit begins anew.
  Result<Resent> Resend(ItemId id, bool missing_only, Time now);

  // At start: this node's claims from before are void.
  Result<void> UnclaimAll();

  struct ForgottenFiles {
    std::vector<std::string> instances;
    std::vector<std::string> documents;
  };
  // Instances and documents of which every message is done (receipted, or sent where no receipt is asked) since before
  // `done_before`, and which still have a file: forgets the files, at most `limit` in all, and returns their keys, to
  // be removed by the caller.
  Result<ForgottenFiles> ForgetFiles(Time done_before, std::size_t limit);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
