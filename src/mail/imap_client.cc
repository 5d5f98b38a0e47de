#include "mail/imap_client.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <limits>

#include "mail/error_codes.h"
#include "mail/imap_connection.h"
#include "mail/imap_syntax.h"

namespace gateway::mail {
namespace {

constexpr std::size_t kMostMails = 10'000'000;
// NOOP is the usual way to ask for news (RFC 3501 section 6.1.2), and costs the server far less
// than SELECT. But some servers show news only at SELECT. A caller that looks seldom gets a SELECT
// each time, and one that looks often gets one each second.
constexpr std::chrono::seconds kSelectAgain{1};

bool LeavesConnectionUsable(const Error& error) {
  return IsOneOf(error, codes::kImapRefused, codes::kImapGone, codes::kImapNoData);
}

// Appends the UIDs of a response such as "SEARCH 3 7 9" that are larger than `above`.
void AppendSearched(std::string_view response, std::uint32_t above, std::vector<std::uint32_t>& uids) {
  if (!StartsWithIgnoringCase(response, "SEARCH")) return;
  response.remove_prefix(6);
  while (response.starts_with(' ') && uids.size() < kMostMails) {
    response.remove_prefix(1);
    const auto uid = TakeNumber(response);
    if (!uid) return;
    if (*uid > above) uids.push_back(*uid);
  }
}

// Notes whether a sink was written to. A fetch cannot begin anew after that.
class WatchedSink : public Sink {
 public:
  explicit WatchedSink(Sink& target) : target_(target) {}
  Result<void> Write(std::string_view bytes) override {
    written_ = true;
    auto result = target_.Write(bytes);
    if (!result) failure_ = result.error();
    return result;
  }
  [[nodiscard]] bool written() const { return written_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  Sink& target_;
  bool written_ = false;
  std::optional<Error> failure_;
};

}  // namespace

class ImapClient::Impl {
 public:
  explicit Impl(ImapSettings settings) : settings_(std::move(settings)), folder_(settings_.folder) {}

  void Use(const std::string& folder, std::uint32_t uid_validity);
  void Interrupt() { interruption_.Raise(); }
  [[nodiscard]] bool opening_failed() const { return opening_failed_; }
  Result<FolderState> List(std::uint32_t above);
  Result<MarkedMails> Marked(std::uint32_t above);
  Result<FetchedMail> Fetch(std::uint32_t uid, Sink& sink, std::uint64_t longest);
  Result<void> FetchAhead(std::uint32_t uid);
  Result<std::vector<std::uint32_t>> Remove(const std::vector<std::uint32_t>& uids);
  Result<void> Move(const std::vector<std::uint32_t>& uids, const std::string& folder);

 private:
  using Work = std::function<Result<void>(ImapConnection& connection)>;
  // Runs `work` on a connection that has the folder selected. `work` is repeated only if
  // may_repeat() allows it.
  Result<void> WithFolder(const Work& work, const std::function<bool()>& may_repeat);
  Result<void> Connect();
  // Selects the folder. Its UIDVALIDITY may have changed.
  Result<void> Select(ImapConnection& connection);
  // Says whether the folder that the caller means is selected, under the UIDVALIDITY that the
  // caller knows.
  [[nodiscard]] bool HasSelected() const;
  // Called after a new connection, or if another folder is selected.
  Result<void> Reselect();
  // Adds the UIDs that the server says it has marked to `marked`.
  static Result<void> RemoveSets(ImapConnection& connection, const std::vector<std::string>& sets,
                                 std::vector<std::uint32_t>& marked);
  Result<void> MoveSet(ImapConnection& connection, const std::string& set, const std::string& folder) const;

  const ImapSettings settings_;
  Interruption interruption_;
  std::string folder_;  // the folder that the caller means
  std::unique_ptr<ImapConnection> connection_;
  bool opening_failed_ = false;
  // The server's answer to STORE names the mails that it has marked.
  bool tells_marked_ = false;
  std::string selected_folder_;     // the folder that connection_ has selected; empty for none
  std::uint32_t uid_validity_ = 0;  // the one that the caller knows from List(); 0 if it knows none
  std::uint32_t selected_ = 0;      // the UIDVALIDITY of the folder that connection_ has selected
  std::uint32_t uid_next_ = 0;      // its UIDNEXT at that time
  unsigned selects_ = 0;            // how often a folder was selected
  std::chrono::steady_clock::time_point select_again_;
};

Result<void> ImapClient::Impl::Connect() {
  opening_failed_ = true;
  GATEWAY_ASSIGN(auto connection, ImapConnection::Open(settings_, &interruption_));
  opening_failed_ = false;
  connection_ = std::move(connection);
  selected_folder_.clear();
  return {};
}

void ImapClient::Impl::Use(const std::string& folder, std::uint32_t uid_validity) {
  folder_ = folder;
  uid_validity_ = uid_validity;
}

Result<void> ImapClient::Impl::Select(ImapConnection& connection) {
  selected_folder_.clear();  // RFC 3501 section 6.3.1: a SELECT that fails leaves none selected
  GATEWAY_ASSIGN(const ImapConnection::Selected selected, connection.Select(folder_));
  selected_folder_ = folder_;
  selected_ = selected.uid_validity;
  uid_next_ = selected.uid_next;
  ++selects_;
  select_again_ = std::chrono::steady_clock::now() + kSelectAgain;
  return {};
}

bool ImapClient::Impl::HasSelected() const {
  return selected_folder_ == folder_ && (uid_validity_ == 0 || selected_ == uid_validity_);
}

// The caller's UIDs must still mean the same mails.
Result<void> ImapClient::Impl::Reselect() {
  GATEWAY_TRY(Select(*connection_));
  if (uid_validity_ != 0 && selected_ != uid_validity_) {
    connection_.reset();
    return Transient(codes::kImapGone, "the folder was made anew since it was listed (UIDVALIDITY)");
  }
  return {};
}

Result<void> ImapClient::Impl::WithFolder(const Work& work, const std::function<bool()>& may_repeat) {
  opening_failed_ = false;
  for (;;) {
    const bool reused = connection_ != nullptr;
    if (!reused) GATEWAY_TRY(Connect());
    auto result = HasSelected() ? Result<void>() : Reselect();
    if (result) result = work(*connection_);
    if (result || LeavesConnectionUsable(result.error())) return result;
    connection_.reset();
    // If the server ended the connection while it was idle, the caller need not know.
    if (!reused || !Is(result.error(), codes::kImapConnectionLost) || !may_repeat()) return result;
  }
}

Result<FolderState> ImapClient::Impl::List(std::uint32_t above) {
  FolderState state;
  const unsigned before = selects_;
  const auto list = [&](ImapConnection& connection) -> Result<void> {
    state = {};
    const bool fresh = selects_ != before;
    const bool again = std::chrono::steady_clock::now() >= select_again_;
    if (!fresh) GATEWAY_TRY(again ? Select(connection) : connection.Run("NOOP"));
    if (fresh || again) state.uid_next = uid_next_;
    // It stays the same as long as the folder is selected (section 2.3.1.1).
    state.uid_validity = selected_;
    if (above == std::numeric_limits<std::uint32_t>::max()) return {};
    // "n:*" is never empty, because "*" is the last mail, whatever its UID (RFC 3501 section
    // 6.4.8).
    return connection.Run("UID SEARCH UID " + std::to_string(above + 1) + ":* UNDELETED",
                          [&](std::string_view response) { AppendSearched(response, above, state.uids); });
  };
  uid_validity_ = 0;
  GATEWAY_TRY(WithFolder(list, [] { return true; }));
  uid_validity_ = state.uid_validity;
  std::ranges::sort(state.uids);
  state.uids.erase(std::unique(state.uids.begin(), state.uids.end()), state.uids.end());
  return state;
}

Result<MarkedMails> ImapClient::Impl::Marked(std::uint32_t above) {
  MarkedMails marked;
  if (above == std::numeric_limits<std::uint32_t>::max()) return marked;
  const std::string range = "UID SEARCH UID " + std::to_string(above + 1) + ":* UNDELETED ";
  // HEADER finds each value that contains the text, and "non-urgent" contains "urgent".
  std::vector<std::uint32_t> either;
  const auto search = [&](ImapConnection& connection) -> Result<void> {
    either.clear();
    marked.non_urgent.clear();
    GATEWAY_TRY(connection.Run(range + "HEADER Priority urgent",
                               [&](std::string_view response) { AppendSearched(response, above, either); }));
    if (either.empty()) return {};
    return connection.Run(range + "HEADER Priority non-urgent",
                          [&](std::string_view response) { AppendSearched(response, above, marked.non_urgent); });
  };
  GATEWAY_TRY(WithFolder(search, [] { return true; }));
  std::ranges::sort(either);
  std::ranges::sort(marked.non_urgent);
  std::ranges::set_difference(either, marked.non_urgent, std::back_inserter(marked.urgent));
  return marked;
}

Result<FetchedMail> ImapClient::Impl::Fetch(std::uint32_t uid, Sink& sink, std::uint64_t longest) {
  WatchedSink watched(sink);
  FetchedMail mail;
  const auto fetch = [&](ImapConnection& connection) -> Result<void> {
    GATEWAY_ASSIGN(mail, connection.FetchBody(uid, watched, longest));
    return {};
  };
  auto result = WithFolder(fetch, [&] { return !watched.written(); });
  if (watched.failure()) {
    connection_.reset();  // the rest of the mail would still come on it
    return *watched.failure();
  }
  if (!result) return result.error();
  return mail;
}

Result<void> ImapClient::Impl::FetchAhead(std::uint32_t uid) {
  if (connection_ == nullptr) return {};
  Result<void> asked = connection_->AskForBody(uid);
  if (!asked) connection_.reset();
  return asked;
}

Result<std::vector<std::uint32_t>> ImapClient::Impl::Remove(const std::vector<std::uint32_t>& uids) {
  const auto sets = UidSets(uids);
  std::vector<std::uint32_t> gone;
  if (sets.empty()) return gone;
  std::vector<std::uint32_t> marked;
  bool repeated = false;  // a missing mail may then be gone by our own first attempt
  const auto remove = [&](ImapConnection& connection) { return RemoveSets(connection, sets, marked); };
  GATEWAY_TRY(WithFolder(remove, [&] { return repeated = true; }));
  tells_marked_ = tells_marked_ || !marked.empty();
  if (repeated || !tells_marked_) return gone;
  std::ranges::copy_if(uids, std::back_inserter(gone),
                       [&](std::uint32_t uid) { return std::ranges::find(marked, uid) == marked.end(); });
  return gone;
}

Result<void> ImapClient::Impl::RemoveSets(ImapConnection& connection, const std::vector<std::string>& sets,
                                          std::vector<std::uint32_t>& marked) {
  const auto note = [&](std::string_view response) {
    if (response.find(" FETCH (") == std::string_view::npos || marked.size() >= kMostMails) return;
    if (const auto uid = NumberAfter(response, "UID")) marked.push_back(*uid);
  };
  for (const auto& set : sets) {
    // This does not use .SILENT, because the answer tells which mails were still there.
    GATEWAY_TRY(connection.Run("UID STORE " + set + " +FLAGS (\\Deleted)", note));
    if (connection.Has("UIDPLUS")) GATEWAY_TRY(connection.Run("UID EXPUNGE " + set));
  }
  return connection.Has("UIDPLUS") ? Result<void>() : connection.Run("EXPUNGE");
}

Result<void> ImapClient::Impl::Move(const std::vector<std::uint32_t>& uids, const std::string& folder) {
  const auto sets = UidSets(uids);
  if (sets.empty()) return {};
  const auto move = [&](ImapConnection& connection) -> Result<void> {
    GATEWAY_ASSIGN(const std::string name, connection.Quoted(folder));
    for (const auto& set : sets) GATEWAY_TRY(MoveSet(connection, set, name));
    return {};
  };
  // Without MOVE a repetition may copy a mail twice, which is better than not to copy it.
  return WithFolder(move, [] { return true; });
}

Result<void> ImapClient::Impl::MoveSet(ImapConnection& connection, const std::string& set,
                                       const std::string& folder) const {
  const bool atomic = connection.Has("MOVE");
  const std::string command = std::string(atomic ? "UID MOVE " : "UID COPY ") + set + " " + folder;
  auto moved = connection.Run(command);
  // RFC 3501 section 6.4.7: the server says this when only the folder is missing.
  if (!moved && moved.error().detail.find("[TRYCREATE]") != std::string::npos) {
    GATEWAY_TRY(connection.Run("CREATE " + folder));
    moved = connection.Run(command);
  }
  if (!moved || atomic) return moved;
  std::vector<std::uint32_t> marked;
  return RemoveSets(connection, {set}, marked);
}

ImapClient::ImapClient(ImapSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
ImapClient::~ImapClient() = default;
ImapClient::ImapClient(ImapClient&&) noexcept = default;

void ImapClient::Use(const std::string& folder, std::uint32_t uid_validity) {
  impl_->Use(folder, uid_validity);
}
void ImapClient::Interrupt() {
  impl_->Interrupt();
}
bool ImapClient::opening_failed() const {
  return impl_->opening_failed();
}
Result<FolderState> ImapClient::List(std::uint32_t above) {
  return impl_->List(above);
}
Result<MarkedMails> ImapClient::Marked(std::uint32_t above) {
  return impl_->Marked(above);
}
Result<FetchedMail> ImapClient::Fetch(std::uint32_t uid, Sink& sink, std::uint64_t longest) {
  return impl_->Fetch(uid, sink, longest);
}
Result<void> ImapClient::FetchAhead(std::uint32_t uid) {
  return impl_->FetchAhead(uid);
}
Result<std::vector<std::uint32_t>> ImapClient::Remove(const std::vector<std::uint32_t>& uids) {
  return impl_->Remove(uids);
}
Result<void> ImapClient::Move(const std::vector<std::uint32_t>& uids, const std::string& folder) {
  return impl_->Move(uids, folder);
}

}  // namespace gateway::mail
