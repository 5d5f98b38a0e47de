// The real mail servers that tests/rig/with_mail_servers.py started, as the tests see them. User A
// sends, user B receives; B's mails are also seen behind the servers' backs, as files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/handles.h"
#include "gateway/settings/mail.h"
#include "mail/smtp_client.h"

namespace gateway::mail::test {

std::string Environment(const std::string& name);
inline std::string UserA() {
  return Environment("MAIL_USER_A");
}
inline std::string UserB() {
  return Environment("MAIL_USER_B");
}

// A directory of its own under /tmp, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Writes a file and returns its path.
  std::filesystem::path Write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

// Settings for user A over STARTTLS, and for user B over IMAPS.
SmtpSettings Smtp(const TemporaryDirectory& directory);
ImapSettings Imap(const TemporaryDirectory& directory);
// Settings for the port without TLS, and without a login.
SmtpSettings PlainSmtp(const std::string& port_variable = "MAIL_PLAIN_SMTP_PORT");
// Settings for user B on the IMAP server that has no TLS and no extensions.
ImapSettings BareImap(const TemporaryDirectory& directory);
// A URL of a loopback port on which nobody listens.
std::string DeadUrl(const std::string& scheme);

// A host that takes connections and says nothing, as one behind a broken firewall.
class SilentServer {
 public:
  explicit SilentServer(const std::string& scheme);
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  UniqueFd socket_;
  std::string url_;
};

Result<std::string> Send(SmtpClient& client, const std::string& message, const std::string& to = UserB());
// Sends a mail to user B through the plain port, and returns when it lies in the mailbox.
void Deliver(const std::string& message);
// A mail with this body.
std::string Mail(const std::string& body);

// Calls `condition` until it holds; false after two minutes.
bool Eventually(const std::function<bool()>& condition);
// The mails of user B, each as the server stores it, with CRLF; in no order.
std::vector<std::string> StoredMails(const std::string& folder = "");
// Waits for a mail of user B that ends in `ending`: servers add header fields at the top only.
bool Arrived(const std::string& ending);
std::string Log(const std::string& name);
std::size_t Count(const std::string& text, const std::string& word);
// Runs doveadm on the servers' Dovecot; true when it succeeded.
bool Doveadm(const std::string& arguments);
// Ends the IMAP sessions of user B. The server may hear of a session only some time after its
// login: waits for one.
bool Kick();

}  // namespace gateway::mail::test
