// Reads a mailbox over IMAP4rev1 (RFC 3501) on connections that libcurl makes, with STARTTLS or
// IMAPS. Folder names are UTF-8. Not thread-safe: each thread has its own object. TLS is as in
// smtp_client.h.
//
// All errors are transient: "imap-unreachable", "imap-timeout", "imap-connection-lost",
// "imap-tls-failed", "imap-login-failed", "imap-refused" (NO or BAD, with the server's words as
// detail), "imap-gone" (no such mail, or the server hands out none), "imap-no-data" (an empty
// mail), "imap-too-large", "interrupted", or the sink's own error. A server that breaks the
// protocol causes "imap-connection-lost". A server whose answer to a command takes ten time-outs in
// all causes "imap-timeout".
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
  std::uint32_t uid_next = 0;  // as the server has just said; 0 if it did not say
  // All mails in the folder that are not marked \Deleted, ascending.
  std::vector<std::uint32_t> uids;
};

// The mails with a header field Priority (RFC 2156 section 5.3.6). The UIDs are ascending, and no
// UID is in both lists.
struct MarkedMails {
  std::vector<std::uint32_t> urgent;
  std::vector<std::uint32_t> non_urgent;
};

class ImapClient {
 public:
  // The client reads the password file at every connect.
  explicit ImapClient(ImapSettings settings);
  ~ImapClient();
  ImapClient(ImapClient&&) noexcept;

  // Sets the folder that counts from the next List() on. At first it is the folder of the settings.
  // `uid_validity` is the folder's UIDVALIDITY when it was listed last, or 0 if it was never
  // listed.
  void Use(const std::string& folder, std::uint32_t uid_validity);
  // Ends what runs, and all later calls, with "interrupted". Any thread may call it.
  void Interrupt();
  // Returns whether the last call failed because no connection could be opened.
  [[nodiscard]] bool opening_failed() const;

  // Lists the mails that the folder holds now with a UID above `above`.
  Result<FolderState> List(std::uint32_t above = 0);
  // Returns the mails with a UID above `above` that their senders marked. The server reads the
  // headers for this.
  Result<MarkedMails> Marked(std::uint32_t above = 0);
  // Fetches the mail as it is, by BODY.PEEK[], so that it is not marked \Seen. UIDs are those of
  // the last List(). If the folder's UIDVALIDITY has changed since, all calls that take UIDs fail
  // with "imap-gone". A mail of more than `longest` bytes fails with "imap-too-large", and nothing
  // of it is read. The call may take 45 minutes, and one second more for every 16 KiB.
  Result<FetchedMail> Fetch(std::uint32_t uid, Sink& sink, std::uint64_t longest);
  // Asks for a mail that the next call, Fetch() with the same UID, is to get. It is on its way
  // while the caller stores another one. Any other call costs a new connection. Without a
  // connection this call does nothing.
  Result<void> FetchAhead(std::uint32_t uid);
  // Marks these mails \Deleted and expunges only them (UIDPLUS, RFC 4315; without it EXPUNGE).
  // Missing mails are no error. Returns those that were gone before, as far as the server tells.
  Result<std::vector<std::uint32_t>> Remove(const std::vector<std::uint32_t>& uids);
  // Moves the mails to `folder` (MOVE, RFC 6851; without it COPY and Remove). Creates the folder if
  // it is missing.
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
  // Connects if it must, and waits until mail comes (EXISTS), `timeout` has passed, or Interrupt()
  // is called (which returns `timeout`). The first call after a new connection returns `changed` at
  // once, because mail may have come before.
  Result<Wake> Wait(Milliseconds timeout);
  // Ends Wait() soon, or the next one at once if none runs. Any thread may call it.
  void Interrupt();
  // Logs out.
  void Disconnect();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway::mail
