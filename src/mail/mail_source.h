// Mails come from such a source: an account on a mail server, with folders. IMAP is the first
// implementation (imap_mail_source.h). The interface says what a server can do. Which mail is
// fetched first, and which one may leave the server, is decided in src/inbound.
//
// An identity is text that names a mail of a folder for as long as the server keeps it. Only the
// source knows what the text means. The order of age is the order in which mails are listed.
//
// Two threads use one object. One of them fetches, and calls everything but the functions about
// news. The other one waits for news. Interrupt(), InterruptWait(), FailureOf() and ErrorOf() may
// be called from any thread. All errors are transient, and FailureOf() says what they mean. A
// sink's own error is passed on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/priority.h"
#include "gateway/result.h"
#include "gateway/settings/mailbox.h"
#include "gateway/stream.h"

namespace gateway::mail {

// The mails that a folder holds.
struct Listing {
  // Every identity in the folder begins with this text, until the server numbers its mails anew. A
  // listing says nothing of a mail whose identity begins with another text.
  std::string scope;
  std::vector<std::string> mails;  // identities, the oldest mail first
};

struct MarkedMail {
  std::string identity;
  Priority priority = Priority::normal;
};

struct FetchedMail {
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> named_size;  // as the server said; some servers are wrong about it
};

enum class News {
  changed,     // there may be new mail
  none,        // the time has passed, or somebody called InterruptWait()
  unsupported  // the server tells no news; it has to be asked
};

// Says why a call failed, whatever kind of server it is. Each kind has error codes of its own.
enum class SourceFailure {
  gone,             // since the mail was listed, it has disappeared, or its folder was made anew
  refused,          // the server refused what it was asked to do
  too_large,        // the mail is larger than the caller allows
  no_room,          // the mail is larger than what may be used of the disk
  no_data,          // the server lists the mail, but hands out nothing
  stand_in,         // the server hands out a text of its own in place of the mail
  login_refused,    // the server refused the login, or our password file cannot be read
  connection_lost,  // the connection broke
  unreachable,      // the server cannot be reached, does not answer in time, or TLS fails
  interrupted,      // Interrupt() was called
  none_of_server    // the error is not of the source; our own disk or ledger failed
};

class MailSource {
 public:
  virtual ~MailSource() = default;

  [[nodiscard]] SourceFailure FailureOf(const Error& error) const;
  // Returns the error by which this kind of server names such a failure. It is for failures that
  // the caller finds. `failure` must not be none_of_server.
  [[nodiscard]] Error ErrorOf(SourceFailure failure, std::string detail) const;

  // The folders to fetch from, by the names that identities are kept under. News is of the first
  // one.
  [[nodiscard]] virtual std::vector<std::string> Folders() const = 0;
  // All calls below concern this folder from now on.
  virtual void Use(const std::string& folder) = 0;
  // Lists all mails that the folder holds now.
  virtual Result<Listing> List() = 0;
  // Lists the mails that have come since the last List() or ListNewer() of this folder.
  // SourceFailure::gone: the server has numbered the mails anew since.
  virtual Result<Listing> ListNewer() = 0;
  // Returns these mails, in the same order, and how their senders marked them.
  virtual Result<std::vector<MarkedMail>> WithPriorities(const std::vector<std::string>& mails) = 0;
  // Writes the mail as it stands, and leaves it unchanged on the server. If it has more than
  // `longest` bytes, nothing of it is read.
  virtual Result<FetchedMail> Fetch(const std::string& mail, Sink& sink, std::uint64_t longest) = 0;
  // Lets the server send a mail while the caller still keeps another one. The next call has to be
  // Fetch() of this mail. A source that cannot do that does nothing.
  virtual Result<void> FetchAhead(const std::string& mail) = 0;
  // Deletes mails on the server. Missing ones are a success. Returns those that were gone before,
  // as far as the server tells.
  virtual Result<std::vector<std::string>> Remove(const std::vector<std::string>& mails) = 0;
  // Moves mails to another folder, which is created if it is missing.
  virtual Result<void> Move(const std::vector<std::string>& mails, const std::string& folder) = 0;
  // Says whether the last call failed because no connection could be opened.
  [[nodiscard]] virtual bool opening_failed() const = 0;
  // Ends what runs, and whatever is called later, with SourceFailure::interrupted. It does not end
  // WaitForNews().
  virtual void Interrupt() = 0;

  // Says whether anybody may wait for news. If not, the caller asks now and then.
  [[nodiscard]] virtual bool tells_news() const = 0;
  // Waits on a connection of its own until mail comes in the first folder. The first call after a
  // connection was opened returns `changed` at once, because mail may have come before.
  virtual Result<News> WaitForNews(Milliseconds timeout) = 0;
  // Ends WaitForNews() soon, or the next one at once if none runs.
  virtual void InterruptWait() = 0;
  // Gives up the connection for news.
  virtual void EndWait() = 0;

 protected:
  struct NamedFailure {
    ErrorCode code;
    SourceFailure failure;
  };
  // `names` has all error codes of this kind of server, and must outlive the object. ErrorOf() uses
  // the first code of a failure.
  explicit MailSource(std::span<const NamedFailure> names) : names_(names) {}

 private:
  const std::span<const NamedFailure> names_;
};

// Only this function knows which kinds of mailboxes there are.
std::unique_ptr<MailSource> MakeMailSource(const MailboxSettings& mailbox);

// Returns what an administrator finds the mail by on its server: the UID of an IMAP identity, and
// all of any other one.
std::string_view ShownIdentity(std::string_view identity);

}  // namespace gateway::mail
