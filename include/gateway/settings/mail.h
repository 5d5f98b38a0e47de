// The mail servers of a mailbox.
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

}  // namespace gateway
