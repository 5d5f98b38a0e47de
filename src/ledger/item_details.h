// The facts about one item that `show` and other views for operators need. They hold no words for
// people. Text that came from outside (addresses, Message-IDs, servers' replies) stands here as it
// came: whoever shows it makes it printable. Nothing here holds patient data but DICOM UIDs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/priority.h"
#include "gateway/settings/profile.h"
#include "gateway/telemedicine_set.h"
#include "gateway/time.h"
#include "ledger/destination_name.h"
#include "ledger/direction.h"
#include "ledger/message_counts.h"
#include "ledger/number_ranges.h"
#include "ledger/receipt_request.h"
#include "ledger/states.h"

namespace gateway::ledger {

// Says why an item failed, was put off or waits for a person. Both are empty if nothing failed.
struct Reason {
  std::string code;    // the name of an ErrorCode
  std::string detail;  // for people
  [[nodiscard]] bool IsEmpty() const { return code.empty() && detail.empty(); }
};

// The tries of an item that is tried again after a failure.
struct Attempts {
  std::int64_t tries = 0;
  std::optional<Time> next_try;
  Reason last_error;
};

// A person holds the item itself, its shipment, or all that goes to its destination.
struct Holds {
  bool item = false;
  bool shipment = false;
  std::optional<DestinationName> destination;
};

struct DeliveryDetails {
  std::int64_t id = 0;
  DeliveryState state{};
  std::int64_t instance = 0;
  std::string pacs;
  Time created;
  std::optional<Time> finished;        // when it was stored or cancelled
  std::optional<Holds> holds;          // in state held only
  std::optional<std::int64_t> status;  // of the PACS's last answer
  Attempts attempts;
  std::vector<Away> waits_for;  // destinations that are away
};

struct InstanceDetails {
  // A shipment that the instance belongs to, and the message that takes it along.
  struct InShipment {
    std::int64_t id = 0;
    ShipmentState state{};
    std::string partner;
    std::optional<std::int64_t> message;
    std::optional<MessageState> message_state;
  };

  std::int64_t id = 0;
  InstanceState state{};
  Direction direction{};
  Time received;
  std::optional<Time> finished;  // when it was sent, stored or dropped
  std::string calling_ae;
  std::string called_ae;
  std::optional<std::int64_t> mail;
  std::string partner;
  std::string difference;  // how it differs from an earlier instance of the same UID
  std::optional<std::int64_t> document;
  std::int64_t size = 0;
  std::string spool_key;  // empty if its file is gone
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;
  std::string study_instance_uid;
  std::string series_instance_uid;
  std::string dataset_sha256;
  std::vector<InShipment> shipments;        // outbound
  std::vector<DeliveryDetails> deliveries;  // inbound
};

struct MessageDetails {
  struct Fragment {
    std::int64_t number = 0;
    std::int64_t total = 0;
    FragmentState state{};
    std::int64_t size = 0;
    std::string message_id;
    std::optional<Time> sent;
    std::string reply;  // the mail server's reply
  };

  std::int64_t id = 0;
  MessageState state{};
  std::int64_t shipment = 0;
  std::int64_t part = 0;
  std::int64_t total = 0;  // number of messages of the shipment
  std::string partner;
  std::string mailbox;
  Priority priority{};
  Time created;
  std::optional<Time> sealed;
  std::int64_t size = 0;  // 0 if it is not sealed
  std::string message_id;
  std::string partial_id;
  std::optional<Time> finished;  // when it was sent or cancelled
  std::string reply;             // the mail server's reply
  std::optional<Holds> holds;    // in state held only
  ReceiptMode receipt_asked{};
  std::optional<Time> answered;
  std::string answer;  // in the partner's words
  std::int64_t resends = 0;
  std::optional<Time> window_opens;  // it waits until the time window of its rule opens
  Attempts attempts;
  std::vector<Away> waits_for;
  std::vector<std::int64_t> instances;
  std::vector<std::int64_t> documents;
  std::vector<Fragment> fragments;
};

struct ShipmentDetails {
  std::int64_t id = 0;
  ShipmentState state{};
  std::string partner;
  std::string mailbox;
  std::string rule;
  Priority priority{};
  Bundling bundling{};
  std::string set_id;
  std::string study_instance_uid;
  Time created;
  Time last_instance;
  std::optional<Time> closed;
  Holds holds;
  std::optional<Time> finished;             // when it was sent, delivered or cancelled
  std::optional<std::int64_t> fallback_of;  // the shipment in whose place this one goes
  std::optional<Time> window_opens;         // messages of it wait until the time window of its rule opens
  std::vector<std::int64_t> fallbacks;      // the shipments that go in place of this one
  std::vector<Away> waits_for;
  std::int64_t instances = 0;
  std::int64_t documents = 0;
  MessageCounts messages_by_state;
  // These count instances and documents: those whose message a mail server took, those whose
  // message the partner answered, and those that the partner stored.
  std::int64_t files_mailed = 0;
  std::int64_t files_receipted = 0;
  std::int64_t files_stored = 0;
  std::vector<NumberRange> missing_parts;  // parts that the partner does not have yet
  std::vector<MessageDetails> messages;
};

struct MailDetails {
  struct BroughtInstance {
    std::int64_t id = 0;
    InstanceState state{};
    std::vector<DeliveryDetails> deliveries;
  };
  struct BroughtDocument {
    std::int64_t id = 0;
    DocumentState state{};
  };
  // A fragment of a message that was cut.
  struct Fragment {
    std::int64_t mail = 0;
    MailState state{};
    std::int64_t number = 0;
    std::int64_t size = 0;
  };
  // The fields of a mail that is itself a fragment.
  struct AsFragment {
    std::string id;
    std::int64_t number = 0;
    std::int64_t total = 0;  // 0 if it is not known
    bool duplicate = false;
    std::optional<std::int64_t> joined_into;
  };

  std::int64_t id = 0;
  MailState state{};
  std::string mailbox;
  std::int64_t size = 0;
  std::string spool_key;
  Time fetched;
  std::optional<Time> finished;
  bool on_server = false;
  std::string sender;
  std::string partner;
  std::string message_id;
  std::string signer;
  std::optional<TelemedicineSet> set;
  std::vector<std::int64_t> received_sets;
  Attempts attempts;
  std::optional<AsFragment> as_fragment;
  std::optional<std::int64_t> reports_on;  // a message
  std::vector<std::int64_t> duplicates;    // instances that came before
  std::vector<std::int64_t> receipts;
  std::vector<BroughtInstance> instances;
  std::vector<BroughtDocument> documents;
  std::vector<Fragment> fragments;  // the fragments that were joined to this mail
};

struct ReceiptDetails {
  std::int64_t id = 0;
  ReceiptState state{};
  std::int64_t mail = 0;
  std::string partner;
  std::string mailbox;
  ReceiptKind kind{};
  std::optional<Disposition> disposition;  // nullopt while it waits
  Time created;
  std::optional<Time> finished;  // when it was sent
  std::string message_id;
  std::string original_message_id;
  std::optional<TelemedicineSet> set;
  std::string reply;  // the mail server's reply
  Attempts attempts;
  std::vector<Away> waits_for;
};

struct SetDetails {
  struct Part {
    std::int64_t number = 0;
    std::int64_t mail = 0;
    MailState mail_state{};
    Time fetched;
  };

  std::int64_t id = 0;
  SetState state{};
  std::string partner;
  std::string set_id;
  std::string study_instance_uid;
  Time created;
  Time last_part;
  std::optional<Time> finished;  // when it was completed
  std::int64_t total = 0;
  std::int64_t parts_received = 0;
  std::int64_t parts_stored = 0;  // parts in which nothing is left to be done
  std::vector<NumberRange> missing_parts;
  std::vector<std::pair<InstanceState, std::int64_t>> instances;
  std::vector<std::pair<DocumentState, std::int64_t>> documents;
  std::vector<Part> parts;
};

// It has neither the document's name, which may name a patient, nor the UID of its study.
struct DocumentDetails {
  std::int64_t id = 0;
  DocumentState state{};
  Direction direction{};
  std::string partner;
  std::optional<std::int64_t> mail;
  std::optional<std::int64_t> shipment;
  std::optional<std::int64_t> message;
  std::optional<std::int64_t> instance;
  std::string set_id;
  std::string content_type;
  std::int64_t size = 0;
  std::string spool_key;
  std::string sha256;
  Time received;
  std::optional<Time> waits_until;  // until when it waits for its study
  std::optional<Time> finished;
  Attempts attempts;
};

using ItemDetails = std::variant<InstanceDetails, ShipmentDetails, MessageDetails, MailDetails, DeliveryDetails,
                                 ReceiptDetails, SetDetails, DocumentDetails>;

ItemId IdOf(const ItemDetails& details);
KindState StateOf(const ItemDetails& details);
// Returns whether the item waits for its destination, which means that a worker would end its state
// if the destination existed.
bool WaitsForDestination(const ItemDetails& details);

}  // namespace gateway::ledger
