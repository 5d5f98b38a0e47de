// What the ledger knows of the inbound pipeline: mails from the mailboxes, the instances they carried, their
// deliveries.
//
// States.  mail:     fetched -> opened; fragment -> joined; report (a receipt or bounce, recorded); quarantined;
// dropped
//          instance: accepted -> stored (every delivery done); undeliverable (no inbound route), conflict (same SOP
//                    Instance UID, other data set), both waiting for a person; dropped
//          delivery: waiting -> stored; failed
//          receipt:  waiting (for the PACS) -> due -> sent; failed
//          set:      incomplete -> complete; overdue (alarm was given; parts may still come)
//          document: waiting (for an instance of its study) -> converted (an instance stands for it), filed (in a
//                    directory, or taken by a person), kept (no form for it: a person has to take it); quarantined,
//                    dropped
// A joined mail is a row of its own that stands for its fragments.
// Every call is one transaction, durable when it returns; thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/instance_digest.h"
#include "gateway/instance.h"
#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/settings/receipts.h"
#include "gateway/settings/reception.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/destinations.h"
#include "ledger/new_document.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct NewMail {
  std::string mailbox;
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
  std::string spool_key;
  std::uint64_t size = 0;  // bytes
  std::string sha256;
  Time fetched;
  Priority priority = Priority::normal;  // as its sender marked it: opened and delivered in this order, then by age
  std::string folder = {};               // of the mailbox
  std::optional<std::uint64_t> named_size = {};  // bytes, as the server said; some are wrong about it
  // The partner whose address stands in From; "": none's, and all those count as one sender. Within one priority
  // senders take turns.
  std::string in_name_of = {};
};

struct AddedMail {
  std::int64_t mail = 0;
  bool known = false;     // this UID was fetched before: the new file is not needed
  bool stand_in = false;  // known, and no mail but what the server said in its place: RecordStandIn()
};

// UIDs are those of a folder, as long as its UIDVALIDITY is the same. Two folders may have the same one.
struct FolderKey {
  std::string mailbox;
  std::uint32_t uid_validity = 0;
  std::string folder = {};
};

// When a mail is opened: as its priority says, or after all others. The ledger orders by the number.
enum class Turn { emergency = 0, normal = 1, bulk = 2, slow = 3 };

// Of a mail in a partner's name: whether it came with the partner's good signature.
struct MailOutcome {
  std::string partner;
  bool signed_well = false;
};

// What of a mail on the server may go there.
enum class Judged {
  not_yet,         // it was not opened yet
  understood,      // it was taken without complaint, or a person decided
  not_understood,  // it is in quarantine
};

struct KnownMail {
  std::uint32_t uid = 0;
  std::int64_t mail = 0;
  Judged judged = Judged::not_yet;
  bool whole = true;  // what came has the size that the server named, or it named none
};

// Reasons for which a mail was in quarantine until a person released it: they count no more.
using Pardons = std::set<std::string, std::less<>>;

struct MailToOpen {
  std::int64_t id = 0;
  std::string mailbox;
  std::vector<std::string> spool_keys;  // one; of a joined mail: all fragments, number 1 first
  unsigned tries = 0;
  Time fetched;
  Pardons pardoned;
  std::string failed_by;                    // the code of the error of the last try; "": none
  std::uint64_t size = 0;                   // bytes
  std::optional<std::uint64_t> named_size;  // as in NewMail
  bool on_server = false;
  std::uint32_t uid = 0;
  std::string in_name_of;  // as in NewMail
  Turn turn = Turn::normal;
};

// What is known of a mail once its header has been read; any of it may be empty.
struct MailFacts {
  std::string sender;   // address
  std::string partner;  // whose address that is
  std::string message_id;
  std::string signer;  // fingerprint of a valid signature's key
  std::optional<TelemedicineSet> set;
};

// A believed mail's signatures.
struct SignedMail {
  std::int64_t mail = 0;
  std::vector<std::string> signatures;  // ids, as openpgp::Signature has them
  Time signed_at;
  std::string message_id;
};

struct Partial {
  std::string id;
  unsigned number = 0;
  unsigned total = 0;       // 0: not given
  std::string sha256 = {};  // of its content, the same however often it is sent; empty: not known
};

// A file that takes the place of a fragment's mail: of what was wrapped in it, or of what it was joined from.
struct FragmentFile {
  std::string key;         // empty: there is none
  std::uint64_t size = 0;  // bytes
  std::string sha256 = {};
};

struct FragmentOutcome {
  bool duplicate = false;               // this number is there already: the mail is done
  std::optional<std::int64_t> joined;   // all fragments are in: the mail that stands for them, fetched
  unsigned fragments = 0;               // of the joined mail
  std::vector<std::string> spool_keys;  // of mails that are done with this: their files may go
};

// What becomes of an instance beside another of the same SOP Instance UID with another data set.
struct Judgement {
  Difference difference = Difference::unknown;
  bool taken = false;    // else in conflict; where nothing differs, without meaning
  std::string why = {};  // what differs, in words
};

struct NewReceivedInstance {
  InstanceHeader header;
  std::string spool_key;
  std::vector<std::string> pacs;  // empty: undeliverable
  // By the data set hash of the other one. nullopt: nothing was compared; another data set of the same partner is a
  // conflict then, and one of another partner does not count.
  std::optional<std::map<std::string, Judgement>> judged = {};
};

// One that a new instance is to be compared with.
struct EarlierInstance {
  std::int64_t id = 0;
  std::string partner;  // empty: our own PACS sent it to us
  std::string dataset_sha256;
  std::string digest;     // base/instance_digest.h; empty: it has none
  std::string spool_key;  // empty: its file is gone
};

enum class InstanceOutcome {
  accepted,
  duplicate,  // the same came from this partner before: the new file is not needed
  again,      // a duplicate that its sender sent anew, and that is delivered once more; `change`: to a PACS that has
              // another content of its UID
  conflict,   // same SOP Instance UID, judged not to be taken: kept, waits for a person
  undeliverable,  // kept, waits for a person
  not_judged      // nothing was recorded: one of its UID is there that it was not compared with
};

// How an instance differs from the one of its UID from which it differs most.
struct InstanceChange {
  std::int64_t earlier = 0;
  std::string earlier_partner;  // empty: our own PACS sent it to us
  std::string difference;       // in words, which name both partners
};

struct ReceivedInstance {
  std::int64_t instance = 0;  // of the earlier one when it is a duplicate
  InstanceOutcome outcome = InstanceOutcome::accepted;
  bool keeps_file = false;  // of `again`: the new file is needed, the earlier one's is gone
  std::optional<InstanceChange> change = {};
  // Of a conflict, and of the duplicate of one: the earlier instance, which other PACS get once more.
  std::optional<std::int64_t> again = {};
};

enum class ReceiptKind { mdn, pgp };

// The sender of a mail asks for a receipt, and is somebody whom we answer.
struct ReceiptRequest {
  ReceiptKind kind = ReceiptKind::mdn;
  std::string original_message_id;  // of the mail; may be empty
  std::string content_id;           // pgp: what the receipt is to name
  std::string message_id;           // of our receipt: the same in every try
  ReceiptWhen when = ReceiptWhen::stored;
  std::optional<std::string> nonce;  // the mail's secret, to be repeated; empty: it has none; nullopt: nobody looked
  std::string signature;             // of the mail, or what else tells it from another under its Message-ID
  std::optional<TelemedicineSet> set =
      {};  // of a mail that is enclosed in the one that came; nullopt: that of the mail
};

// A part of a set that a mail brought, beside the one that MailFacts names.
struct SetPart {
  TelemedicineSet set;
  bool is_signed = true;  // it links: instances and documents that name it are of one study
  std::string study;      // of an instance that came with it; may be empty
};

struct OpenedMail {
  std::int64_t mail = 0;
  MailFacts facts;
  bool set_is_signed = true;                // that of `facts`, as SetPart
  std::optional<std::string> study_of_set;  // likewise; nullopt: that of the first instance
  std::vector<SetPart> more_sets;
  std::vector<NewReceivedInstance> instances;
  std::vector<NewDocument> documents;
  std::vector<std::string> signatures;  // as claimed (ClaimSignatures()); empty: it is not signed
  Time document_deadline;               // until then they wait for an instance of their study
  std::optional<ReceiptRequest> receipt;
  std::vector<ReceiptRequest> enclosed_receipts = {};  // of mails that are enclosed in it and ask for themselves
  bool knows_nonce = false;                            // its signer's software gives secrets that receipts repeat
  // Something in the mail could not be used: the instances are taken, the mail is quarantined with this reason.
  std::optional<Error> leftover;
};

struct ReceivedDocument {
  std::int64_t document = 0;  // of the earlier one when it is a duplicate
  bool duplicate = false;     // same partner, set (or study) and hash: the new file is not needed
};

struct SetProgress {
  std::int64_t set = 0;
  std::size_t parts = 0;  // that are here
  std::size_t total = 0;
  bool completed = false;  // with this mail
};

struct RecordedMail {
  std::vector<ReceivedInstance> instances;  // as in OpenedMail
  std::vector<ReceivedDocument> documents;  // as in OpenedMail
  std::optional<SetProgress> set;
  std::vector<SetProgress> more_sets;   // as in OpenedMail
  bool receipt_due = false;             // a receipt may be sent now
  std::vector<std::string> spool_keys;  // of mails that are done with this: their files may go
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
  Priority priority = Priority::normal;
  bool in_doubt = false;  // a C-STORE of it got no answer: the PACS may have it
};

// One that could have been claimed, and failed instead.
struct StoppedDelivery {
  std::int64_t id = 0;
  std::int64_t instance = 0;
  Error error;
  bool receipt_due = false;
};

struct ReceiptToSend {
  std::int64_t id = 0;
  std::int64_t mail = 0;
  std::string partner;
  ReceiptRequest request;
  std::optional<TelemedicineSet> set;
  std::string disposition;  // "displayed", "displayed/warning", "deleted/error", "deleted"
  unsigned tries = 0;
  Time created;
};

struct IncompleteSet {
  std::int64_t set = 0;
  std::string partner;
  std::size_t parts = 0;
  std::size_t total = 0;
};

struct ExpiredFragments {
  std::string partner;
  std::vector<std::int64_t> mails;  // now in quarantine, "fragments-expired" or "fragments-displaced"
  unsigned total = 0;               // 0: not known
};

// An instance that a document's patient and study are taken from.
struct DocumentReference {
  std::string spool_key;
};

struct DocumentToFile {
  std::int64_t id = 0;
  std::string partner;
  std::string content_type;
  std::string name;
  std::string set_id;
  std::string spool_key;
  std::string sha256;
  std::optional<DocumentReference> reference;  // nullopt: the deadline is over
  // Without a reference: an instance of the study that words name which nobody signed. A person may decide.
  std::optional<std::int64_t> unsigned_reference;
  unsigned tries = 0;
  Time tried_since;       // when it was claimed first; after a release anew
  std::string failed_by;  // the code of the error of the last try; "": none
};

enum class ClaimFirst { oldest, newest };

class InboundLedger {
 public:
  explicit InboundLedger(Database& database) : database_(database) {}

  // Which of those that things go to are away.
  [[nodiscard]] Destinations destinations() { return Destinations(database_); }

  // Point (4).
  Result<AddedMail> AddMail(const NewMail& mail);
  // Mails that an older version fetched are of this folder of the mailbox: it knew no other.
  Result<void> AdoptFolder(const std::string& mailbox, const std::string& folder);
  // Mails of this folder that we hold and that may still be on the server, by UID.
  Result<std::vector<KnownMail>> MailsOnServer(const FolderKey& folder);
  Result<void> RecordRemoved(const FolderKey& folder, const std::vector<std::uint32_t>& uids);
  // A fetched mail is none, but what the server said in place of it: it is forgotten, and the original is asked for
  // again. The keys of files that may go.
  Result<std::vector<std::string>> RecordStandIn(std::int64_t mail, const Error& error, Time now);

  // Fetched mails whose next try is due, by turn, then the oldest first; either all but the slow ones, or just those.
  Result<std::vector<MailToOpen>> ClaimToOpen(std::size_t limit, Time now, Milliseconds lease, bool slow = false);
  // The mail is nobody's again, and has another turn. It pays with no try.
  Result<void> RecordTurn(std::int64_t mail, Turn turn);
  // The latest first.
  Result<std::vector<MailOutcome>> LatestOutcomes();
  // Keys: (sender, partial id). A fragment that comes after its message was joined counts as duplicate, unless that
  // message was dropped. Two different totals under one key: it never joins. corrupt "fragment-out-of-range": number
  // or total beyond 10 000, number 0 or above the total; corrupt "fragment-nested": a joined mail that is a fragment
  // itself, without `file`, which has its joined content. Others of the key that had expired wait again.
  Result<FragmentOutcome> RecordFragment(std::int64_t mail, const MailFacts& facts, const Partial& partial, Time now,
                                         const FragmentFile& file = {});
  // The signatures are this mail's from now on. False, and nothing changed: one of them came before with another mail,
  // neither under the same Message-ID within `window`, nor the same byte for byte. Lost in a power failure together
  // with what was recorded of the mail after it.
  Result<bool> ClaimSignatures(const SignedMail& mail, Milliseconds window, Time now);
  // Those made before; how many went.
  Result<std::size_t> ForgetSignatures(Time created_before, std::size_t limit);
  // Those of the same SOP Instance UID with another data set, of any partner and of what we sent: the latest four, and
  // those that a PACS was given last. One in conflict does not count, nor one that was dropped.
  Result<std::vector<EarlierInstance>> EarlierInstances(const InstanceHeader& header);
  // Point (5). One transaction for the mail, its instances and their deliveries. Transient "instance-not-judged",
  // nothing being recorded: `judged` of an instance lacks one of EarlierInstances(), or one of the same mail.
  Result<RecordedMail> RecordOpened(const OpenedMail& mail, Time now);
  // `receipt`: the mail is its sender's, but nothing of it could be used: answered with "deleted" at once.
  Result<void> RecordQuarantined(std::int64_t mail, const MailFacts& facts, const Error& reason, Time now,
                                 const std::optional<ReceiptRequest>& receipt = std::nullopt);
  // Automatic answers that were put aside before that are dropped. The keys of files that may go.
  Result<std::vector<std::string>> DropAutomaticAnswers(Time before, std::size_t limit, Time now);
  // Fragments that wait since before `fetched_before`, with all others of their key; at most `limit` keys.
  Result<std::vector<ExpiredFragments>> ExpireFragments(Time fetched_before, std::size_t limit, Time now);
  // Of each partner those above its bounds, the oldest messages first; at most `limit` of them.
  Result<std::vector<ExpiredFragments>> DisplaceFragments(const FragmentLimits& limits, std::size_t limit, Time now);
  Result<void> RecordOpenFailure(std::int64_t mail, const Error& error, Time next_try);

  // Waiting deliveries to `pacs` whose next try is due. Those whose last C-STORE got no answer come only when there is
  // no other, as they may keep the PACS from answering; but an emergency keeps its place. One whose PACS was given
  // another content of its SOP Instance UID, which was decided later, is not among them: it has failed, and `stopped`
  // tells. While a worker has another content in hand it is left for later.
  Result<std::vector<DeliveryToMake>> ClaimDeliveries(const std::string& pacs, std::size_t limit, Time now,
                                                      Milliseconds lease, ClaimFirst first = ClaimFirst::oldest,
                                                      std::vector<StoppedDelivery>* stopped = nullptr);
  // Whether an emergency for this PACS could be claimed now.
  Result<bool> HasUrgentDelivery(const std::string& pacs, Time now);
  // Point (6). True when a receipt may be sent now.
  Result<bool> RecordDelivered(std::int64_t delivery, unsigned status, Time now);
  // next_try nullopt: failed for good. True when a receipt (refused) may be sent now.
  Result<bool> RecordDeliveryFailure(std::int64_t delivery, const Error& error, std::optional<Time> next_try, Time now);
  // A C-STORE of it got no answer. UnclaimAll() records it of all that a daemon had in hand when it died.
  Result<void> RecordDoubt(std::int64_t delivery);
  Result<void> UnclaimDeliveries(const std::vector<std::int64_t>& deliveries);
  Result<void> UnclaimAll();

  // Receipts. A mail has one at most, and so has a (partner, Message-ID,
  // signature). It is due at once with when: accepted;
  // otherwise when every instance of the mail (one that came before included) and every document is stored, failed for
  // good, filed, kept, dropped or in conflict; what waits for a route or a release waits. Dispositions: deleted when a
  // delivery or a document failed for good, or a person dropped an instance or a document, or nothing of the mail could
  // be used; displayed/warning when a PACS gave a warning status, on a conflict, when a document is kept for a person,
  // or when something of the mail is left in quarantine, or was dropped there; else displayed.
  Result<std::vector<ReceiptToSend>> ClaimReceipts(const std::string& mailbox, std::size_t limit, Time now,
                                                   Milliseconds lease);
  Result<void> RecordReceiptSent(std::int64_t receipt, const std::string& reply, Time now);
  // next_try nullopt: failed for good.
  Result<void> RecordReceiptFailure(std::int64_t receipt, const Error& error, std::optional<Time> next_try);
  Result<void> UnclaimReceipts(const std::vector<std::int64_t>& receipts);
  // As OutboundLedger::PostponeSending() and Hasten().
  Result<void> PostponeReceipts(const ReceiptToSend& receipt, const std::string& mailbox, Time until, Time now);
  Result<void> HastenReceipts(const std::string& mailbox, const std::string& partner, Time now);

  // As OutboundLedger::RecordClockSetBack().
  Result<std::size_t> RecordClockSetBack(Milliseconds longest_wait, Milliseconds document_timeout, Time now);

  // Sets with gaps and without news since `quiet_since`: overdue from now on.
  Result<std::vector<IncompleteSet>> RecordOverdueSets(Time quiet_since, std::size_t limit);

  // Waiting documents that are due and have a reference, or whose deadline is over, oldest first. A reference is an
  // instance of the same partner, with its file and not in conflict: the one that a person named; or else whose Study
  // Instance UID is the document's study_id, or else of the same mail (one that came before included), or else of the
  // study of the same set. The last, where there is a study_id, at the deadline only: the study that it names may still
  // come. Words that nobody signed link nothing.
  Result<std::vector<DocumentToFile>> ClaimDocuments(std::size_t limit, Time now, Milliseconds lease);
  // The DICOM object made of the document, as a received instance with its deliveries. The document's file may go after
  // it. Recorded before: a duplicate.
  Result<ReceivedInstance> RecordConverted(std::int64_t document, const NewReceivedInstance& instance, Time now);
  Result<void> RecordFiled(std::int64_t document, Time now);  // its file may go after it
  // Its file stays, with the reason: a person has to take it.
  Result<void> RecordKept(std::int64_t document, const Error& why, Time now);
  // next_try nullopt: quarantined.
  Result<void> RecordDocumentFailure(std::int64_t document, const Error& error, std::optional<Time> next_try, Time now);

  // Instances stored since before `stored_before` that still have a file: forgets the files and returns their keys.
  Result<std::vector<std::string>> ForgetFiles(Time stored_before, std::size_t limit);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
