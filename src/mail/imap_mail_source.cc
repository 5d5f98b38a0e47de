#include "mail/imap_mail_source.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "mail/error_codes.h"
#include "mail/imap_syntax.h"

namespace gateway::mail {
namespace {

struct ImapIdentity {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid = 0;
};

std::string ScopeOf(std::uint32_t uid_validity) {
  return std::to_string(uid_validity) + ":";
}

std::optional<ImapIdentity> IdentityFrom(std::string_view text) {
  const auto uid_validity = TakeNumber(text);
  if (!uid_validity || !text.starts_with(':')) return std::nullopt;
  text.remove_prefix(1);
  const auto uid = TakeNumber(text);
  if (!uid || *uid == 0 || !text.empty()) return std::nullopt;
  return ImapIdentity{*uid_validity, *uid};
}

// RFC 3501 section 5.1: INBOX is case-insensitive.
std::string FolderName(const std::string& name) {
  return LowerCase(name) == "inbox" ? "INBOX" : name;
}

}  // namespace

std::unique_ptr<MailSource> MakeMailSource(const ImapSettings& settings) {
  return std::make_unique<ImapMailSource>(settings);
}

std::string_view ShownIdentity(std::string_view identity) {
  return IdentityFrom(identity) ? identity.substr(identity.find(':') + 1) : identity;
}

ImapMailSource::ImapMailSource(const ImapSettings& settings)
    : folders_{FolderName(settings.folder)}, client_(settings), idle_(settings) {
  for (const std::string& folder : settings.more_folders) folders_.push_back(FolderName(folder));
  folder_ = folders_.front();
}

Listing ImapMailSource::Listed(const FolderState& state) {
  uid_validity_ = state.uid_validity;
  if (!state.uids.empty()) newest_ = state.uids.back();
  Listing listing{ScopeOf(state.uid_validity), {}};
  listing.mails.reserve(state.uids.size());
  for (const std::uint32_t uid : state.uids) listing.mails.push_back(listing.scope + std::to_string(uid));
  return listing;
}

Result<Listing> ImapMailSource::List() {
  client_.Use(folder_, 0);
  newest_ = 0;
  GATEWAY_ASSIGN(const FolderState state, client_.List());
  return Listed(state);
}

Result<Listing> ImapMailSource::ListNewer() {
  GATEWAY_ASSIGN(const FolderState state, client_.List(newest_));
  if (state.uid_validity != uid_validity_) {
    return Transient(codes::kImapGone, "the folder was made anew (UIDVALIDITY)");
  }
  return Listed(state);
}

Result<std::vector<std::uint32_t>> ImapMailSource::UidsOf(const std::vector<std::string>& mails) {
  std::vector<std::uint32_t> uids;
  std::optional<std::uint32_t> uid_validity;
  for (const std::string& mail : mails) {
    const std::optional<ImapIdentity> identity = IdentityFrom(mail);
    if (!identity || uid_validity.value_or(identity->uid_validity) != identity->uid_validity) {
      return Transient(codes::kImapGone, "the mail is of another UIDVALIDITY");
    }
    uid_validity = identity->uid_validity;
    uids.push_back(identity->uid);
  }
  if (uid_validity) client_.Use(folder_, *uid_validity);
  return uids;
}

Result<std::vector<Priority>> ImapMailSource::Priorities(const std::vector<std::string>& mails) {
  GATEWAY_ASSIGN(const std::vector<std::uint32_t> uids, UidsOf(mails));
  std::vector<Priority> priorities;
  if (uids.empty()) return priorities;
  // One search serves all mails, from the oldest of them on.
  GATEWAY_ASSIGN(const MarkedMails marked, client_.Marked(*std::ranges::min_element(uids) - 1));
  for (const std::uint32_t uid : uids) {
    const bool urgent = std::ranges::binary_search(marked.urgent, uid);
    const bool bulk = std::ranges::binary_search(marked.non_urgent, uid);
    priorities.push_back(urgent ? Priority::emergency : bulk ? Priority::bulk : Priority::normal);
  }
  return priorities;
}

Result<FetchedMail> ImapMailSource::Fetch(const std::string& mail, Sink& sink, std::uint64_t longest) {
  GATEWAY_ASSIGN(const std::vector<std::uint32_t> uids, UidsOf({mail}));
  return client_.Fetch(uids.front(), sink, longest);
}

Result<void> ImapMailSource::FetchAhead(const std::string& mail) {
  GATEWAY_ASSIGN(const std::vector<std::uint32_t> uids, UidsOf({mail}));
  return client_.FetchAhead(uids.front());
}

Result<std::vector<std::string>> ImapMailSource::Remove(const std::vector<std::string>& mails) {
  GATEWAY_ASSIGN(const std::vector<std::uint32_t> uids, UidsOf(mails));
  GATEWAY_ASSIGN(std::vector<std::uint32_t> gone_uids, client_.Remove(uids));
  std::ranges::sort(gone_uids);
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < uids.size(); ++i) {
    if (std::ranges::binary_search(gone_uids, uids[i])) gone.push_back(mails[i]);
  }
  return gone;
}

Result<void> ImapMailSource::Move(const std::vector<std::string>& mails, const std::string& folder) {
  GATEWAY_ASSIGN(const std::vector<std::uint32_t> uids, UidsOf(mails));
  return client_.Move(uids, folder);
}

Result<News> ImapMailSource::WaitForNews(Milliseconds timeout) {
  GATEWAY_ASSIGN(const ImapIdle::Wake wake, idle_.Wait(timeout));
  switch (wake) {
    case ImapIdle::Wake::changed:
      return News::changed;
    case ImapIdle::Wake::timeout:
      return News::none;
    case ImapIdle::Wake::unsupported:
      break;
  }
  return News::unsupported;
}

}  // namespace gateway::mail
