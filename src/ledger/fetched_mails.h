// Records the mails that were fetched from mailboxes (durable point 4), and which of them may still
// be on the server. Each call is one transaction, which is durable when the call returns. Any
// thread may call it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/time.h"
#include "ledger/store/database.h"

namespace gateway::ledger {

struct NewMail {
  std::string mailbox;
  std::string identity;  // the mail's name on its server, as defined in mail/mail_source.h
  std::string spool_key;
  std::uint64_t size = 0;  // bytes
  std::string sha256;
  Time fetched;
  // The priority that its sender gave it. Mails are opened and delivered in this order, and then by
  // age.
  Priority priority = Priority::normal;
  std::string folder = {};  // the folder of the mailbox
  // Bytes, as the server said; some servers are wrong about it.
  std::optional<std::uint64_t> named_size = {};
  // The partner whose address is in From. It is empty if the address is no partner's, and all such
  // mails count as those of one sender. Within one priority the senders take turns.
  std::string in_name_of = {};
  // Mailboxes of FormerMailboxes(). The mail may have been fetched under one of these names.
  std::vector<std::string> former_mailboxes = {};
};

struct AddedMail {
  std::int64_t mail = 0;
  bool known = false;  // this mail was fetched before, and the new file is not needed
  // The mail is known, and what was fetched is no mail, but a text that the server gave in its
  // place (OpenQueue::RecordStandIn()).
  bool stand_in = false;
};

// Identities belong to a folder. Mails of two folders may have the same one.
struct FolderKey {
  std::string mailbox;
  std::string folder = {};
};

// Says what may happen to a mail on the server.
enum class Understood {
  not_yet,  // it was not opened yet
  yes,      // it was taken without complaint, or a person decided
  no,       // it is in quarantine
};

struct KnownMail {
  std::string identity;
  std::int64_t mail = 0;
  Understood understood = Understood::not_yet;
  bool whole = true;  // what came has the size that the server named, or the server named none
};

class FetchedMails {
 public:
  explicit FetchedMails(Database& database) : database_(database) {}

  // If a former mailbox has the same mail, byte for byte, in a folder of this name and under this
  // identity, the mailbox was renamed. That mail then belongs to its new name and is known, unless
  // it still waits there for a person's `redirect`.
  Result<AddedMail> Add(const NewMail& mail);
  // Returns the mailboxes from which mails were fetched, and that are none of `configured`.
  Result<std::vector<std::string>> FormerMailboxes(const std::vector<std::string>& configured);
  // Mails that an older version of the gateway fetched belong to this folder of the mailbox,
  // because that version knew no other.
  Result<void> AdoptFolder(const std::string& mailbox, const std::string& folder);
  // Returns the mails of this folder that we hold and that may still be on the server, in the order
  // in which they were fetched. Only those whose identity begins with `scope` are among them.
  Result<std::vector<KnownMail>> OnServer(const FolderKey& folder, const std::string& scope);
  Result<void> RecordRemoved(const FolderKey& folder, const std::vector<std::string>& identities);

 private:
  Database& database_;
};

}  // namespace gateway::ledger
