// Reads the section `mailboxes`.
#include <algorithm>
#include <tuple>

#include "base/printable.h"
#include "config/readers.h"
#include "config/server_url.h"

namespace gateway::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Demands TLS, unless the server is on this machine or the file says insecure.
template <typename Server>
void CheckTls(Section& section, const Server& server, const ServerUrl& url, std::string_view tls_scheme) {
  if (server.tls != TlsMode::none) return;
  if (url.scheme == tls_scheme) {
    section.Mistake("tls", "'none' contradicts the " + url.scheme + ":// of the url");
  } else if (!IsLoopback(url.host) && !server.insecure) {
    section.Mistake("tls",
                    "'none' is for servers on this machine (localhost) only; expected required, or insecure: true "
                    "to send passwords in the clear all the same");
  }
}

// Reads `tls`. `bsi` and `legacy` mean `required` with other algorithms.
void ReadTls(Section& section, TlsMode& mode, TlsPolicy& policy) {
  using Both = std::pair<TlsMode, TlsPolicy>;
  Both both{mode, policy};
  section.Read("tls", both,
               OneOf<Both>({{"required", {TlsMode::required, TlsPolicy::modern}},
                            {"bsi", {TlsMode::required, TlsPolicy::bsi}},
                            {"legacy", {TlsMode::required, TlsPolicy::legacy}},
                            {"none", {TlsMode::none, TlsPolicy::modern}}}));
  std::tie(mode, policy) = both;
}

// Reads the keys that SMTP and IMAP have in common. Returns the URL if it is good.
template <typename Server>
std::optional<ServerUrl> ReadServer(Section& section, Server& server, const std::string& scheme) {
  section.Require("url");
  std::optional<ServerUrl> url;
  const Entry* const entry = section.Find("url");
  if (entry != nullptr && entry->value->text.find('@') != std::string::npos) {
    section.Mistake("url", "must not hold a user name or a password; use username and password_file");
  } else {
    const std::string tls_scheme = scheme + "s";
    section.Read("url", server.url,
                 {scheme + "://HOST:PORT or " + tls_scheme + "://HOST:PORT",
                  [&](std::string_view text) -> std::optional<std::string> {
                    url = ParseServerUrl(text);
                    if (url && url->scheme != scheme && url->scheme != tls_scheme) url.reset();
                    return url ? std::optional<std::string>(text) : std::nullopt;
                  }});
  }
  ReadTls(section, server.tls, server.tls_policy);
  section.Read("insecure", server.insecure, YesOrNo());
  if (url) CheckTls(section, server, *url, scheme + "s");
  section.ReadAuthorities("ca_file", server.ca_file);
  section.Read("username", server.username, PrintableText(255));
  section.ReadPasswordFile("password_file", server.password_file);
  if (section.Has("username") && !section.Has("password_file")) section.Mistake("username", "needs a password_file");
  if (section.Has("password_file") && !section.Has("username")) section.Mistake("password_file", "needs a username");
  section.Read("timeout", server.timeout, WholeSeconds(seconds(1), hours(1)));
  return url;
}

// Reads what becomes of mails on the server. `key` is after_accept or if_not_understood. Must be
// called after ReadFolders().
void ReadFate(Section& section, const std::string& key, const ImapSettings& imap, AfterAccept& fate,
              std::string& move_to) {
  const Entry* const entry = section.Find(key);
  if (entry == nullptr) return;
  if (entry->value->kind != YamlNode::Kind::map) {
    section.Read(key, fate,
                 {"delete, keep or { move: FOLDER }",
                  OneOf<AfterAccept>({{"delete", AfterAccept::remove}, {"keep", AfterAccept::keep}}).parse});
    return;
  }
  Section move = section.Sub(key, "mailboxes.NAME.imap." + key);
  fate = AfterAccept::move;
  move.Require("move");
  move.Read("move", move_to, FolderName());
  const auto& more = imap.more_folders;
  if (move_to == imap.folder || std::find(more.begin(), more.end(), move_to) != more.end()) {
    move.Mistake("move", "is the folder that the mails are fetched from");
  }
}

void ReadFolders(Section& section, ImapSettings& imap) {
  section.Read("folder", imap.folder, FolderName());
  if (!section.Has("folders")) return;
  if (section.Has("folder")) section.Mistake("folders", "stands beside folder; name all of them in folders");
  std::vector<std::string> folders;
  section.ForEachText("folders", FolderName().expected, [&](const YamlNode& item) {
    const std::optional<std::string> name = FolderName().parse(item.text);
    if (!name) return section.Reject(section.PathOf("folders"), item, FolderName().expected);
    if (std::find(folders.begin(), folders.end(), *name) != folders.end()) {
      return section.Mistake("folders", "names '" + Printable(item.text) + "' twice");
    }
    folders.push_back(*name);
  });
  if (folders.empty()) return;
  imap.folder = folders.front();
  imap.more_folders.assign(folders.begin() + 1, folders.end());
}

void ReadSmtp(Section section, SmtpSettings& smtp) {
  ReadServer(section, smtp, "smtp");
  section.Read("connections", smtp.connections, Number<unsigned>(1, 64));
  section.Read("null_sender", smtp.null_sender, YesOrNo());
  section.Read("reply_timeout", smtp.reply_timeout, WholeSeconds(seconds(1), hours(1)));
}

void ReadImap(Section section, ImapSettings& imap, FetchSettings& fetch) {
  const auto url = ReadServer(section, imap, "imap");
  if (!section.Has("password_file")) section.Require("username");  // otherwise ReadServer() has said so
  ReadFolders(section, imap);
  section.Read("idle", imap.idle, YesOrNo());
  section.Read("poll_interval", fetch.poll_interval, Duration(milliseconds(20), hours(24)));
  ReadFate(section, "after_accept", imap, fetch.after_accept, fetch.move_to);
  ReadFate(section, "if_not_understood", imap, fetch.if_not_understood, fetch.not_understood_move_to);
  if (!url || imap.username.empty()) return;
  const std::string account = url->host + ":" + std::to_string(url->port) + " " + imap.username + " ";
  section.draft().Take("server, user and folder of a mailbox", account + imap.folder, section.path(), section.line());
  for (const std::string& folder : imap.more_folders) {
    section.draft().Take("server, user and folder of a mailbox", account + folder, section.path(), section.line());
  }
}

void ReadMailbox(Section section, const std::string& name) {
  MailboxSettings mailbox;
  mailbox.name = name;
  section.draft().Mark("mailbox " + name, section.line());
  for (const char* const key : {"address", "smtp", "imap", "key"}) section.Require(key);
  if (section.Read("address", mailbox.address, MailAddress())) {
    section.draft().Take("address of a mailbox", LowerCase(mailbox.address), section.path(), section.LineOf("address"));
  }
  section.ForEachText("aliases", "an address", [&](const YamlNode& item) { mailbox.aliases.push_back(item.text); });
  if (section.Has("smtp")) ReadSmtp(section.Sub("smtp", "mailboxes.NAME.smtp"), mailbox.smtp);
  if (section.Has("imap")) ReadImap(section.Sub("imap", "mailboxes.NAME.imap"), mailbox.imap, mailbox.fetch);
  Section key = section.Sub("key", "mailboxes.NAME.key");
  section.draft().Mark("mailbox " + name + " key", key.LineOf("file"));
  if (section.Has("key")) key.Require("file");
  // ReadFile() does not ask whether others may read the key. The reader of secret keys asks that.
  key.ReadFile("file", mailbox.key.file);
  key.ReadSecretFile("passphrase_file", mailbox.key.passphrase_file);
  ReadLimits(section.Sub("limits", "mailboxes.NAME.limits"), mailbox.limits);
  section.draft().settings().mailboxes.push_back(std::move(mailbox));
}

}  // namespace

void ReadMailboxes(FileDraft& draft, const YamlNode& node) {
  ForEachNamed(draft, "mailboxes", node, "mailbox", [&](const Entry& entry) {
    ReadMailbox({draft, "mailboxes.NAME", "mailboxes." + entry.key, entry.value.get(), entry.line}, entry.key);
  });
}

}  // namespace gateway::config
