// These sections describe the mail servers of a mailbox.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/settings/tls.h"
#include "gateway/time.h"

namespace gateway {

enum class TlsMode { required, none };

struct SmtpSettings {
  std::string url;  // smtp://host:port or smtps://host:port
  TlsMode tls = TlsMode::required;
  TlsPolicy tls_policy = TlsPolicy::modern;  // `tls: bsi` and `tls: legacy` mean `required`, with this policy
  std::filesystem::path ca_file;             // PEM; empty: the CA store of the system
  bool insecure = false;  // allows connections without TLS to other machines, and does not check certificates
  std::string username;
  std::filesystem::path password_file;
  unsigned connections = 4;
  Seconds timeout{60};
  // The gateway waits this long for the reply to a message. A client that waits less may send the
  // message twice (RFC 5321 section 4.5.3.2.6).
  Seconds reply_timeout{600};
  // The MAIL FROM of receipts. True means <>, as RFC 8098 section 3 asks, until the server refuses
  // it. After that, and with false, it is the mailbox's address.
  bool null_sender = true;
};

enum class AfterAccept { remove, keep, move };

// Says when the gateway looks for mails, and what becomes of them on their server, whatever kind of
// server it is.
struct FetchSettings {
  Milliseconds poll_interval{60'000};
  AfterAccept after_accept = AfterAccept::remove;
  std::string move_to;  // the target folder of AfterAccept::move
  // Says how to treat the original of a mail that was fetched and not understood: keep it (it is
  // remembered and not fetched again), remove it, or move it.
  AfterAccept if_not_understood = AfterAccept::keep;
  std::string not_understood_move_to;
};

struct ImapSettings {
  std::string url;  // imap://host:port or imaps://host:port
  TlsMode tls = TlsMode::required;
  TlsPolicy tls_policy = TlsPolicy::modern;
  std::filesystem::path ca_file;
  bool insecure = false;
  std::string username;
  std::filesystem::path password_file;
  std::string folder = "INBOX";
  std::vector<std::string> more_folders;  // `folders`: other folders to fetch from as well, such as a junk folder
  bool idle = true;
  Seconds timeout{60};
};

}  // namespace gateway
