// The configuration, as the daemon sees it: plain structs with their defaults in place, frozen before any thread
// starts. src/config builds them from YAML; each stage is handed its own struct only. Paths are absolute.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/rule_attributes.h"
#include "gateway/time.h"

namespace gateway {

enum class LogFormat { text, json };
enum class LogLevel { debug, info, warning, error };

struct LogSettings {
  std::string file = "-";  // "-" is standard output
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::text;
};

// A part of the file system, or an absolute size.
struct FreeSpace {
  double percent = 5;       // of the file system; used when bytes is 0
  std::uint64_t bytes = 0;  // absolute; wins over percent
};

struct GatewaySettings {
  std::string name = "gateway";  // in logs, Message-IDs, receipts; [A-Za-z0-9.-]
  std::filesystem::path state_dir;
  FreeSpace min_free_space;
  // Fetching pauses below this already, so that mail from outside cannot stop C-STORE. Unset: twice min_free_space.
  std::optional<FreeSpace> fetch_free_space;
  LogSettings log;
};

// Which cipher suites, groups, signatures and key sizes TLS 1.2 and 1.3 may use. modern: forward secrecy and AEAD.
// bsi: of these what BSI TR-02102-2 recommends, and no more. legacy: also CBC and RSA key exchange, for old peers.
enum class TlsPolicy { modern, bsi, legacy };

// TLS for DICOM. PEM files; no private key has a passphrase.
struct TlsSettings {
  std::filesystem::path certificate_file;  // ours, with its chain; an SCU may have none
  std::filesystem::path key_file;
  std::filesystem::path ca_file;  // whose certificates the peer may show
  TlsPolicy policy = TlsPolicy::modern;
};

struct CallerSettings {
  std::string ae_title;         // empty with any_ae_title
  std::string host;             // address, network (192.0.2.0/24, 2001:db8::/32), or a name, looked up again
  bool any_ae_title = false;    // "*" in the configuration: whatever the caller calls itself, a blank title excepted
  bool blank_ae_title = false;  // a caller that leaves its title blank is taken too
};

// What the SCP does with abstract syntaxes that DCMTK does not know as storage classes.
enum class UnknownSopClasses { accept, refuse };

struct DicomSettings {
  std::string ae_title = "DMGW";  // our own, as calling AE title of the SCU and for C-ECHO
  std::string bind = "0.0.0.0";
  std::uint16_t port = 11112;
  std::optional<TlsSettings> tls;
  std::uint16_t tls_port = 0;  // 0: with TLS there is no other port than `port`, and it takes TLS only
  unsigned max_associations = 32;
  unsigned max_associations_per_host = 0;  // 0: three quarters of them, all where there is one host
  std::vector<CallerSettings> callers;
  Milliseconds quiet_period{30'000};
  Milliseconds longest_wait{3'600'000};  // a study that never becomes quiet is closed this long after it was opened
  UnknownSopClasses unknown_sop_classes = UnknownSopClasses::accept;
  std::vector<std::string> sop_classes;  // UIDs that are taken besides those that DCMTK knows; with `refuse`
  // What text without a usable Specific Character Set is read as: a defined term (PS3.3 C.12.1.1.2).
  std::string default_character_set = "ISO_IR 100";
  Seconds association_timeout{30};  // waiting for the peer's next PDU
  std::uint32_t max_pdu = 131072;   // bytes, 4096 to 131072
};

struct PacsSettings {
  std::string name;
  std::string ae_title;          // called AE title
  std::string calling_ae_title;  // default: dicom.ae_title
  std::string host;
  std::uint16_t port = 104;
  unsigned associations = 2;
  Seconds timeout{30};  // for connecting, and for each DIMSE answer
  std::optional<TlsSettings> tls;
};

enum class TlsMode { required, none };

struct SmtpSettings {
  std::string url;  // smtp://host:port or smtps://host:port
  TlsMode tls = TlsMode::required;
  TlsPolicy tls_policy = TlsPolicy::modern;  // `tls: bsi` and `tls: legacy` are required, with this policy
  std::filesystem::path ca_file;             // PEM; empty: the system's CA store
  bool insecure = false;                     // no TLS to other than loopback, or certificates unchecked
  std::string username;
  std::filesystem::path password_file;
  unsigned connections = 4;
  Seconds timeout{60};
  // For the reply to a message. RFC 5321 section 4.5.3.2.6: whoever gives up earlier may send it twice.
  Seconds reply_timeout{600};
  // MAIL FROM of receipts. true: <>, as RFC 8098 section 3 asks; after a refusal of <>, and with false, the mailbox's
  // address.
  bool null_sender = true;
};

enum class AfterAccept { remove, keep, move };

struct ImapSettings {
  std::string url;  // imap://host:port or imaps://host:port
  TlsMode tls = TlsMode::required;
  TlsPolicy tls_policy = TlsPolicy::modern;
  std::filesystem::path ca_file;
  bool insecure = false;
  std::string username;
  std::filesystem::path password_file;
  std::string folder = "INBOX";
  std::vector<std::string> more_folders;  // `folders`: fetched from as well, a junk folder for one
  bool idle = true;
  Milliseconds poll_interval{60'000};
  AfterAccept after_accept = AfterAccept::remove;
  std::string move_to;  // folder, with AfterAccept::move
  // What becomes of a mail on the server that was fetched and not understood: keep (remembered, not fetched again),
  // remove or move.
  AfterAccept if_not_understood = AfterAccept::keep;
  std::string not_understood_move_to;
  Seconds timeout{60};
};

struct SecretKeySettings {
  std::filesystem::path file;             // armored OpenPGP secret key
  std::filesystem::path passphrase_file;  // empty: the key is not protected
};

struct MailboxSettings {
  std::string name;
  std::string address;
  std::vector<std::string> aliases;  // other addresses by which partners write to it
  SmtpSettings smtp;
  ImapSettings imap;
  SecretKeySettings key;
};

enum class InnerEncoding { base64, binary };
enum class Signing { combined, encapsulated };  // RFC 3156 section 6.2, 6.1
enum class Compression { none, zip, zlib, bzip2 };
// How the encryption is protected against changes: the integrity packet of RFC 4880 section 5.13 (MDC), or the mode OCB
// (RFC 7253) in the AEAD packet of RFC 4880bis section 5.16, half as dear, which GnuPG reads from 2.2.21 on.
enum class Integrity { mdc, ocb };
// What we ask for: an MDN (RFC 8098), or a receipt inside the encryption (X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO).
enum class ReceiptMode { none, mdn, pgp };
// How receipts travel, ours and, at the least, theirs. `sign` and `encrypt` (which signs too) refuse weaker ones.
enum class ReceiptProtection { none, sign, encrypt };
// Must a receipt repeat the secret that only the message's inside holds (docs/security.md)? learned: from the first
// time on that something signed by the partner's key shows that its software knows such secrets.
enum class ReceiptSecret { learned, required, ignored };

struct PartnerProfile {
  unsigned instances_per_message = 1;
  std::uint64_t max_message_size = 20'000'000;  // bytes of one mail on the wire; larger ones leave as fragments
  InnerEncoding inner_encoding = InnerEncoding::base64;
  Signing signing = Signing::combined;
  Compression compression = Compression::none;
  Integrity integrity = Integrity::mdc;  // of what we send; both are read
  ReceiptMode receipts = ReceiptMode::mdn;
  ReceiptProtection receipt_protection = ReceiptProtection::none;
  ReceiptSecret receipt_secret = ReceiptSecret::learned;
  bool require_signature = true;
  bool require_integrity = true;  // false: signed mails without MDC or AEAD are accepted
  bool accept_compressed = true;  // OpenPGP compressed packets
  bool accept_sha1 = false;       // SHA-1 in the key's self-signatures and in its signatures of mails
  unsigned min_key_bits = 2048;   // of RSA, DSA and ElGamal keys, theirs
  std::string subject = "DICOM-eMail";
};

struct PartnerSettings {
  std::string name;
  std::string address;
  std::vector<std::string> aliases;  // other addresses that it writes from; its key vouches for them all
  std::string mailbox;               // which of ours talks to it; default: the first
  std::filesystem::path key_file;
  std::string key_fingerprint;  // upper-case hex without spaces: the pinned primary key
  PartnerProfile profile;
};

enum class Priority { emergency = 0, normal = 1, bulk = 2 };  // the ledger orders by the number
enum class Release { study, instance };

// One list of a `when:`. An empty list matches anything. Otherwise one entry must match: an entry is equal to the
// value, or, if it starts with "~", its rest is an ECMAScript regular expression that is found anywhere in the value.
using Patterns = std::vector<std::string>;

// One key of a `when:`.
struct Criterion {
  const RuleAttribute* attribute = nullptr;  // an entry of kRuleAttributes
  Patterns patterns;
};

// A `when:`: every criterion must match.
using Condition = std::vector<Criterion>;

struct OutboundRuleSettings {
  std::string name;
  Condition when;
  std::vector<std::string> send_to;  // partner names
  Priority priority = Priority::normal;
  Release release = Release::study;
  bool final = false;
};

struct InboundRuleSettings {
  std::string name;
  Condition when;
  std::vector<std::string> forward_to;      // pacs names
  std::filesystem::path file_documents_to;  // directory for non-DICOM parts; empty: they become DICOM objects
  std::vector<std::string> document_kinds;  // filename extensions that may be filed; empty: the usual ones
  std::filesystem::path document_scanner;   // a program asked about each document before it is filed; empty: none
  bool final = false;
};

enum class Unrouted { hold, reject };

struct RouteSettings {
  std::vector<OutboundRuleSettings> outbound;
  std::vector<InboundRuleSettings> inbound;
  Unrouted unrouted = Unrouted::hold;
};

enum class ReceiptWhen { accepted, stored };

struct ReceiptSettings {
  ReceiptWhen send_when = ReceiptWhen::stored;
  Milliseconds overdue_after{1'800'000};
  unsigned resend_limit = 3;  // how often a message is sent again when its receipt says that this may help
};

// What mails may take of our disk while they wait in quarantine. The oldest goes first.
struct QuarantineLimits {
  unsigned mails = 1000;
  std::uint64_t bytes = 1'000'000'000;
  Milliseconds age{2'592'000'000};  // 30 days
};

// An instance whose SOP Instance UID came before, with other content: to the PACS, or kept for a person.
enum class OnChange { forward, quarantine };

// What may wait of messages whose fragments did not all come yet.
struct FragmentLimits {
  unsigned messages = 1000;
  std::uint64_t bytes = 20'000'000'000;
};

// What is waited for on the way in, and what is done with what came before.
struct ReceptionSettings {
  Milliseconds set_overdue_after{1'800'000};         // a set without news and with gaps is an alarm
  Milliseconds fragments_expire_after{172'800'000};  // fragments without the rest go to quarantine, with an alarm
  Milliseconds document_timeout{600'000};            // a non-DICOM part waits this long for an instance of its study
  // The same signed mail under the same Message-ID again: a mail server's repetition; after that, a replay.
  Milliseconds duplicate_window{432'000'000};
  Milliseconds signature_max_age{31'536'000'000};  // older signatures are not believed; 0: of any age
  QuarantineLimits strangers;                      // all senders that are no partners, together
  QuarantineLimits each_partner{10'000, 20'000'000'000,
                                Milliseconds{0}};   // what came in one partner's name; age 0: any
  FragmentLimits fragments;                         // in one partner's name
  Milliseconds automatic_answers{604'800'000};      // out-of-office notes and the like are deleted after this time
  OnChange changed_attributes = OnChange::forward;  // attributes differ, and the pixels are the same
  OnChange changed_pixels = OnChange::quarantine;   // the decoded pixels differ, or cannot be compared
};

struct RetrySettings {
  Milliseconds first{10'000};
  Milliseconds max{1'800'000};
  Milliseconds give_up_after{172'800'000};
};

// How long what is done stays on disk. What is not done stays for ever.
struct RetentionSettings {
  Milliseconds sent{604'800'000};      // instances that every partner was sent
  Milliseconds delivered{86'400'000};  // received instances that every PACS has stored
  Milliseconds rows{7'776'000'000};    // what the ledger knows of it, once its files are gone; 0: for ever
};

struct Settings {
  GatewaySettings gateway;
  DicomSettings dicom;
  std::vector<PacsSettings> pacs;
  std::vector<MailboxSettings> mailboxes;
  std::vector<PartnerSettings> partners;
  RouteSettings routes;
  ReceiptSettings receipts;
  ReceptionSettings reception;
  RetrySettings retry;
  RetentionSettings retention;
};

}  // namespace gateway
