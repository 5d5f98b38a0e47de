// An entry of section `mailboxes`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/settings/limits.h"
#include "gateway/settings/mail.h"

namespace gateway {

struct SecretKeySettings {
  std::filesystem::path file;             // armored OpenPGP secret key
  std::filesystem::path passphrase_file;  // empty: the key is not protected
};

struct MailboxSettings {
  std::string name;
  std::string address;
  std::vector<std::string> aliases;  // other addresses that partners use for this mailbox
  SmtpSettings smtp;
  ImapSettings imap;  // the pipeline leaves it to mail::MakeMailSource()
  SecretKeySettings key;
  FetchSettings fetch = {};
  LimitSettings limits = {};  // of all that leaves by the mailbox
};

}  // namespace gateway
