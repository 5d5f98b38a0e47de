// The mails of an IMAP account. An identity is "UIDVALIDITY:UID", such as "1700000000:42", and a
// scope is "UIDVALIDITY:". If the server makes a folder anew, its UIDVALIDITY changes. Then no call
// acts on a mail whose identity was listed before: all of them fail with "imap-gone".
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/imap_client.h"
#include "mail/mail_source.h"

namespace gateway::mail {

// Returns the UID of an identity, or nullopt if the text is no identity of this kind of source.
std::optional<std::string_view> UidIn(std::string_view identity);

class ImapMailSource : public MailSource {
 public:
  explicit ImapMailSource(const ImapSettings& settings);

  [[nodiscard]] std::vector<std::string> Folders() const override { return folders_; }
  void Use(const std::string& folder) override { folder_ = folder; }
  Result<Listing> List() override;
  Result<Listing> ListNewer() override;
  Result<std::vector<MarkedMail>> WithPriorities(const std::vector<std::string>& mails) override;
  Result<FetchedMail> Fetch(const std::string& mail, Sink& sink, std::uint64_t longest) override;
  Result<void> FetchAhead(const std::string& mail) override;
  Result<std::vector<std::string>> Remove(const std::vector<std::string>& mails) override;
  Result<void> Move(const std::vector<std::string>& mails, const std::string& folder) override;
  [[nodiscard]] bool opening_failed() const override { return client_.opening_failed(); }
  void Interrupt() override { client_.Interrupt(); }

  [[nodiscard]] bool tells_news() const override { return tells_news_; }
  Result<News> WaitForNews(Milliseconds timeout) override;
  void InterruptWait() override { idle_.Interrupt(); }
  void EndWait() override { idle_.Disconnect(); }

 private:
  static const std::array<NamedFailure, 10> kNames;

  // Notes the newest UID, so that ListNewer() continues there.
  Listing Listed(const FolderState& state);
  // Lets the client check that the UIDVALIDITY is still that of these mails.
  Result<std::vector<std::uint32_t>> UidsOf(const std::vector<std::string>& mails);

  const bool tells_news_;
  std::vector<std::string> folders_;
  std::string folder_;
  std::uint32_t uid_validity_ = 0;  // UIDVALIDITY of the last listing
  std::uint32_t newest_ = 0;        // newest UID of the last listing; 0 if the folder was empty
  ImapClient client_;
  ImapIdle idle_;
};

}  // namespace gateway::mail
