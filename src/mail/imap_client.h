// Reads a mailbox over IMAP4rev1 (RFC 3501) on connections that libcurl makes, with STARTTLS or IMAPS. Folder names are
// UTF-8. Not thread-safe: one object a thread.
// TLS as in smtp_client.h. All errors are transient: "imap-unreachable", "imap-timeout", "imap-connection-lost",
// "imap-tls-failed", "imap-login-failed", "imap-refused" (NO or BAD; detail: the server's words), "imap-gone" (no such
// mail, or the server hands out none), "imap-no-data" (an empty one), "imap-too-large", "interrupted", or the sink's
// own error. A server that breaks the protocol is "imap-connection-lost"; one whose answer to a command takes ten
// time-outs in all, "imap-timeout".
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/result.h"
#include "gateway/settings/mail.h"
#include "gateway/stream.h"
#include "mail/mail_source.h"

namespace gateway::mail {

struct FolderState {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 0;       // as the server said just now; 0: it did not
  std::vector<std::uint32_t> uids;  // of all mails in the folder that are not marked \Deleted, ascending
};

// By the header field Priority (RFC 2156 section 5.3.6). UIDs ascending; never one in both.
struct MarkedMails {
  std::vector<std::uint32_t> urgent;
  std::vector<std::uint32_t> non_urgent;
};

class ImapClient {
 public:
  // Reads the password file at every connect.
  explicit ImapClient(ImapSettings settings);
  ~ImapClient();
  ImapClient(ImapClient&&) noexcept;

  // From the next List() on this folder is meant; at first it is that of the settings.
  // `uid_validity`: that it had when it was listed last; 0: it was not.
  void Use(const std::string& folder, std::uint32_t uid_validity);
  // From any thread: ends what runs, and whatever is called after it, with "interrupted".
  void Interrupt();
  // Whether the last call failed because no connection could be opened.
  [[nodiscard]] bool opening_failed() const;

  // Lists what the folder holds now with a UID above `above`.
  Result<FolderState> List(std::uint32_t above = 0);
  // Which mails with a UID above `above` their senders marked, as the server reads their headers.
  Result<MarkedMails> Marked(std::uint32_t above = 0);
  // The mail as it stands, by BODY.PEEK[]: it is not marked \Seen. UIDs are those of the last
  // List(); where the folder's UIDVALIDITY has changed since, all calls that take UIDs are "imap-gone". More than
  // `longest` bytes are "imap-too-large", and nothing has been read of them. May take 45 minutes, and a second for
  // every 16 KiB.
  Result<FetchedMail> Fetch(std::uint32_t uid, Sink& sink, std::uint64_t longest);
  // Asks for a mail that the next call, Fetch() of the same UID, is to have: it is under way while the caller keeps
  // another. Any other call costs a new connection. Does nothing where there is no connection.
  Result<void> FetchAhead(std::uint32_t uid);
  // Marks \Deleted and expunges just these (UIDPLUS, RFC 4315; else EXPUNGE). Missing ones are success. Returns those
  // that were gone before, as far as the server tells.
  Result<std::vector<std::uint32_t>> Remove(const std::vector<std::uint32_t>& uids);
  // Moves to `folder` (MOVE, RFC 6851; else COPY and Remove). Creates the folder when it is missing.
  Result<void> Move(const std::vector<std::uint32_t>& uids, const std::string& folder);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// IDLE (RFC 2177) on a connection of its own.
class ImapIdle {
 public:
  explicit ImapIdle(ImapSettings settings);
  ~ImapIdle();

  enum class Wake { changed, timeout, unsupported };
  // Connects where it must, and waits until mail comes (EXISTS), `timeout` has passed or Interrupt() is called
  // (timeout). The first call after a (re)connect returns `changed` at once, since mails may have come before it.
  Result<Wake> Wait(Milliseconds timeout);
  // From any thread: ends Wait() soon, or the next one at once where none runs.
  void Interrupt();
  // Logs out.
  void Disconnect();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::mail
