#include "mail/imap_mail_source.h"

#include <algorithm>
#include <array>
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

// ImapClient makes these errors, except kImapNoRoom.
const std::array<MailSource::NamedFailure, 10> ImapMailSource::kNames{{
    {codes::kImapGone, SourceFailure::gone},
    {codes::kImapRefused, SourceFailure::refused},
    {codes::kImapTooLarge, SourceFailure::too_large},
    {codes::kImapNoRoom, SourceFailure::no_room},
    {codes::kImapNoData, SourceFailure::no_data},
    {codes::kImapLoginFailed, SourceFailure::login_refused},
    {codes::kImapConnectionLost, SourceFailure::connection_lost},
    {codes::kImapUnreachable, SourceFailure::unreachable},
    {codes::kImapTimeout, SourceFailure::unreachable},
    {codes::kImapTlsFailed, SourceFailure::unreachable},
}};

std::optional<std::string_view> UidIn(std::string_view identity) {
  if (!IdentityFrom(identity)) return std::nullopt;
  return identity.substr(identity.find(':') + 1);
}

ImapMailSource::ImapMailSource(const ImapSettings& settings)
    : MailSource(kNames),
      tells_news_(settings.idle),
      folders_{FolderName(settings.folder)},
      client_(settings),
      idle_(settings) {
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

Result<std::vector<MarkedMail>> ImapMailSource::WithPriorities(const std::vector<std::string>& mails) {
  GATEWAY_ASSIGN(const std::vector<std::uint32_t> uids, UidsOf(mails));
  std::vector<MarkedMail> marked_mails;
  if (uids.empty()) return marked_mails;
  // One search serves all mails, from the oldest of them on.
  GATEWAY_ASSIGN(const MarkedMails marked, client_.Marked(*std::ranges::min_element(uids) - 1));
  for (const std::string& mail : mails) {
    const std::uint32_t uid = IdentityFrom(mail)->uid;
    const bool urgent = std::ranges::binary_search(marked.urgent, uid);
    const bool bulk = std::ranges::binary_search(marked.non_urgent, uid);
    marked_mails.push_back({mail, urgent ? Priority::emergency : bulk ? Priority::bulk : Priority::normal});
  }
  return marked_mails;
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
  for (const std::string& mail : mails) {
    if (std::ranges::binary_search(gone_uids, IdentityFrom(mail)->uid)) gone.push_back(mail);
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
