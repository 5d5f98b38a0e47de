#include "mail/imap_connection.h"

#include <algorithm>
#include <array>

#include "base/files.h"
#include "base/secret.h"
#include "mail/error_codes.h"
#include "mail/imap_syntax.h"
#include "mail/transcript.h"

namespace gateway::mail {
namespace {

// One line may list a whole mailbox. This is room for 1.5 million UIDs.
constexpr std::size_t kLongestResponse = 16'777'216;
// The limit for the literals in one response that nobody asked for.
constexpr std::uint64_t kLongestDiscarded = 1'048'576;
constexpr std::size_t kMostLiterals = 100;

// The limit for the answer to one command. EXPUNGE has one response for each mail. During a search
// of a large folder, a server sends one now and then to show that it goes on.
constexpr std::size_t kMostResponses = 1'000'000;
constexpr std::size_t kLongestAnswer = 67'108'864;  // without literals
constexpr int kMostTimeouts = 10;
// The limit for the bytes of a mail, as for a mail that is sent.
constexpr std::chrono::minutes kLongestMail{45};
constexpr std::uint64_t kSlowestLine = 16'384;  // bytes per second, for large mails

constexpr std::size_t kMostCapabilities = 1000;
constexpr std::size_t kLongestCapability = 100;

Error OutOfStep(std::string_view what) {
  return Transient(codes::kImapConnectionLost, std::string(what));
}

Error TooLarge(std::uint64_t length, std::uint64_t longest) {
  return Transient(codes::kImapTooLarge, "a mail of " + std::to_string(length) + " bytes, of " +
                                             std::to_string(longest) + " that are taken at most");
}

// After "12 FETCH (UID 7 BODY[] {512}" the mail follows.
bool AnnouncesBody(std::string_view response) {
  const std::size_t brace = response.rfind('{');
  if (brace == std::string_view::npos) return false;
  std::string_view before = response.substr(0, brace);
  if (before.ends_with('~')) before.remove_suffix(1);
  constexpr std::string_view kBody = "BODY[] ";
  return before.size() > kBody.size() && EqualIgnoringCase(before.substr(before.size() - kBody.size()), kBody);
}

// Returns the quoted string after "BODY[] ". A server may send a mail of a few bytes in this way.
std::optional<std::string> QuotedBody(std::string_view response) {
  const std::size_t start = response.find("BODY[] \"");
  if (start == std::string_view::npos) return std::nullopt;
  std::string text;
  for (std::size_t i = start + 8; i < response.size() && response[i] != '"'; ++i) {
    if (response[i] == '\\' && i + 1 < response.size()) ++i;
    text += response[i];
  }
  return text;
}

// Returns whether the LOGIN command is worth a try after AUTHENTICATE failed. The server may know
// no mechanism that we know, or have none at all. If it has checked the password, a second try
// could lock the account.
bool MayTakeLogin(const Error& error, const Transcript& transcript) {
  if (!Is(error, codes::kImapLoginFailed)) return false;
  if (!transcript.login_tried()) return true;
  // The response codes of RFC 5530 section 3 that show that the server checked the password, or has
  // blocked the account. After UNAVAILABLE it could not check it, and may well do so for LOGIN.
  constexpr std::array<std::string_view, 5> kChecked{"[AUTHENTICATIONFAILED]", "[AUTHORIZATIONFAILED]", "[EXPIRED]",
                                                     "[LIMIT]", "[CONTACTADMIN]"};
  return std::ranges::none_of(
      kChecked, [&](std::string_view word) { return transcript.last_reply().find(word) != std::string::npos; });
}

void AppendQuoted(std::string& text, std::string_view value) {
  text += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

class CountingSink : public Sink {
 public:
  explicit CountingSink(Sink& target) : target_(target) {}
  Result<void> Write(std::string_view bytes) override {
    count_ += bytes.size();
    return target_.Write(bytes);
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  Sink& target_;
  std::uint64_t count_ = 0;
};

}  // namespace

ImapConnection::ImapConnection(std::unique_ptr<CurlStream> stream)
    : stream_(std::move(stream)), reader_(*stream_, kLongestResponse) {}

Result<std::unique_ptr<ImapConnection>> ImapConnection::Open(const ImapSettings& settings, Interruption* interruption) {
  Transcript transcript;
  auto stream = CurlStream::Open(ConnectionSettings(settings), transcript, interruption);
  if (!stream && MayTakeLogin(stream.error(), transcript)) return OpenByLogin(settings, interruption, stream.error());
  if (!stream) return stream.error();
  std::unique_ptr<ImapConnection> connection(new ImapConnection(std::move(*stream)));
  GATEWAY_TRY(connection->AskCapabilities());
  // RFC 6855 section 6: such a server takes no names in modified UTF-7.
  if (connection->Has("UTF8=ONLY")) {
    GATEWAY_TRY(connection->Run("ENABLE UTF8=ACCEPT"));
    connection->utf8_ = true;
  }
  return connection;
}

// `refused` is the error of AUTHENTICATE.
Result<std::unique_ptr<ImapConnection>> ImapConnection::OpenByLogin(const ImapSettings& settings,
                                                                    Interruption* interruption, const Error& refused) {
  ConnectionSettings without(settings);
  without.username.clear();
  Transcript transcript;
  GATEWAY_ASSIGN(auto stream, CurlStream::Open(without, transcript, interruption));
  std::unique_ptr<ImapConnection> connection(new ImapConnection(std::move(stream)));
  GATEWAY_TRY(connection->AskCapabilities());
  if (connection->Has("LOGINDISABLED")) return refused;
  if (auto entered = connection->Login(settings); !entered) {
    if (!Is(entered.error(), codes::kImapRefused)) return entered.error();
    return Transient(codes::kImapLoginFailed, "LOGIN: " + entered.error().detail + "; AUTHENTICATE: " + refused.detail);
  }
  connection->capabilities_.clear();  // the capabilities differ after the login
  GATEWAY_TRY(connection->AskCapabilities());
  return connection;
}

Result<void> ImapConnection::Login(const ImapSettings& settings) {
  const Result<Secret> password = ReadPasswordFile(settings.password_file);
  if (!password) return Transient(codes::kImapLoginFailed, password.error().detail);
  std::string words;
  if (password->view().find_first_of("\r\n") != std::string_view::npos) {
    return Transient(codes::kImapLoginFailed, "a password of several lines");
  }
  words.reserve(2 * (settings.username.size() + password->size()) + 8);  // it must never be copied
  AppendQuoted(words, settings.username);
  words += ' ';
  AppendQuoted(words, password->view());
  words += "\r\n";
  tag_ = "g" + std::to_string(++command_number_) + " ";
  BeginAnswer();
  Result<void> written = stream_->Write(tag_ + "LOGIN ");
  if (written) written = stream_->Write(words);
  WipeText(words);
  GATEWAY_TRY(std::move(written));
  return Finish({});
}

ImapConnection::~ImapConnection() {
  // Nobody waits for the answers.
  if (idling_) static_cast<void>(stream_->Write("DONE\r\n"));
  static_cast<void>(Begin("LOGOUT"));
}

Result<void> ImapConnection::AskCapabilities() {
  bool too_many = false;
  GATEWAY_TRY(Run("CAPABILITY", [&](std::string_view response) {
    if (!StartsWithIgnoringCase(response, "CAPABILITY ")) return;
    response.remove_prefix(11);
    while (!response.empty() && !too_many) {
      const std::string_view word = response.substr(0, response.find(' '));
      response.remove_prefix(std::min(word.size() + 1, response.size()));
      too_many = capabilities_.size() == kMostCapabilities || word.size() > kLongestCapability;
      if (too_many) return;
      std::string& capability = capabilities_.emplace_back(word);
      for (char& c : capability) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }));
  return too_many ? OutOfStep("capabilities without end") : Result<void>();
}

bool ImapConnection::Has(std::string_view capability) const {
  return std::ranges::find(capabilities_, capability) != capabilities_.end();
}

Result<void> ImapConnection::Run(std::string_view command, const OnUntagged& on_untagged) {
  GATEWAY_TRY(Begin(command));
  return Finish(on_untagged);
}

Result<std::string> ImapConnection::Quoted(std::string_view folder) const {
  return QuotedFolder(folder, utf8_);
}

Result<ImapConnection::Selected> ImapConnection::Select(std::string_view folder) {
  GATEWAY_ASSIGN(const std::string name, Quoted(folder));
  Selected selected;
  GATEWAY_TRY(Run("SELECT " + name, [&](std::string_view response) {
    if (StartsWithIgnoringCase(response, "OK [UIDVALIDITY ")) {
      selected.uid_validity = NumberAfter(response, "UIDVALIDITY").value_or(0);
    } else if (StartsWithIgnoringCase(response, "OK [UIDNEXT ")) {
      selected.uid_next = NumberAfter(response, "UIDNEXT").value_or(0);
    }
  }));
  return selected;
}

Result<void> ImapConnection::AskForBody(std::uint32_t uid) {
  GATEWAY_TRY(Begin("UID FETCH " + std::to_string(uid) + " (UID RFC822.SIZE BODY.PEEK[])"));
  asked_for_ = uid;
  return {};
}

Result<FetchedMail> ImapConnection::FetchBody(std::uint32_t uid, Sink& sink, std::uint64_t longest) {
  CountingSink body(sink);
  FetchedMail mail;
  bool found = false;
  std::uint64_t too_large = 0;
  std::string small;
  bool wrong = false;
  const auto on_untagged = [&](std::string_view response) {
    const std::size_t word = response.find(' ') + 1;
    if (!StartsWithIgnoringCase(response.substr(word), "FETCH ")) return;
    // Some servers send the size in a response of its own.
    const bool ours = NumberAfter(response, "UID").value_or(0) == uid;
    if (const auto size = NumberAfter(response, "RFC822.SIZE"); size && ours) mail.named_size = *size;
    if (response.find("BODY[]") == std::string_view::npos) return;
    wrong = wrong || NumberAfter(response, "UID").value_or(uid) != uid;
    if (const auto quoted = QuotedBody(response)) {
      found = true;
      small = *quoted;
    }
  };
  const auto literal_sink = [&](std::string_view response) -> Sink* {
    if (found || !AnnouncesBody(response)) return nullptr;
    found = true;
    const std::uint64_t length = LiteralLength(response).value_or(0);
    if (length > longest) {
      too_large = length;
      return nullptr;
    }
    last_moment_ += kLongestMail + Seconds(length / kSlowestLine);
    return &body;
  };
  if (asked_for_ != uid) GATEWAY_TRY(AskForBody(uid));
  asked_for_ = 0;
  BeginAnswer();
  auto finished = Finish(on_untagged, literal_sink);
  if (too_large > 0) return TooLarge(too_large, longest);
  if (!finished) {
    // RFC 5530: somebody else expunged the mail while we asked for it.
    const bool expunged = finished.error().detail.find("[EXPUNGEISSUED]") != std::string::npos;
    return expunged ? Transient(codes::kImapGone, finished.error().detail) : finished.error();
  }
  if (wrong) return OutOfStep("the server sent another mail than asked for");
  if (!found) return Transient(codes::kImapGone, "no mail with this UID");
  if (!small.empty()) GATEWAY_TRY(body.Write(small));
  mail.bytes = body.count();
  if (mail.bytes == 0) return Transient(codes::kImapNoData, "the server handed out an empty mail");
  return mail;
}

Result<void> ImapConnection::BeginIdle(const OnUntagged& on_untagged) {
  GATEWAY_TRY(Begin("IDLE"));
  idling_ = true;
  std::string response;
  for (;;) {
    GATEWAY_TRY(ReadResponse(response, stream_->Soon(), {}));
    if (response.starts_with('+')) return {};
    if (response.starts_with(tag_)) {
      GATEWAY_TRY(CheckTagged(response));
      return OutOfStep("IDLE ended at once");
    }
    if (on_untagged && response.starts_with("* ")) on_untagged(std::string_view(response).substr(2));
  }
}

Result<void> ImapConnection::IdleResponse(std::string& response, Deadline deadline) {
  last_moment_ = deadline + kMostTimeouts * stream_->timeout();
  GATEWAY_TRY(ReadResponse(response, deadline, {}));
  if (!response.starts_with("* ")) return OutOfStep("the server ended IDLE");
  response.erase(0, 2);
  return {};
}

Result<void> ImapConnection::EndIdle(const OnUntagged& on_untagged) {
  BeginAnswer();
  GATEWAY_TRY(stream_->Write("DONE\r\n"));
  idling_ = false;
  return Finish(on_untagged);
}

Result<void> ImapConnection::Begin(std::string_view command) {
  if (asked_for_ != 0) return OutOfStep("the mail that was asked for is still to come");
  tag_ = "g" + std::to_string(++command_number_) + " ";
  BeginAnswer();
  return stream_->Write(tag_ + std::string(command) + "\r\n");
}

void ImapConnection::BeginAnswer() {
  last_moment_ = std::chrono::steady_clock::now() + kMostTimeouts * stream_->timeout();
  responses_ = 0;
  answered_ = 0;
}

Result<void> ImapConnection::Finish(const OnUntagged& on_untagged, const LiteralSink& literal_sink) {
  std::string response;
  for (;;) {
    GATEWAY_TRY(ReadResponse(response, stream_->Soon(), literal_sink));
    if (response.starts_with(tag_)) return CheckTagged(response);
    if (response.starts_with("* ")) {
      if (on_untagged) on_untagged(std::string_view(response).substr(2));
    } else if (!response.starts_with('+')) {
      return OutOfStep("a response that belongs to no command");
    }
  }
}

Result<void> ImapConnection::CheckTagged(std::string_view tagged) const {
  tagged.remove_prefix(tag_.size());
  if (StartsWithIgnoringCase(tagged, "OK")) return {};
  return Transient(codes::kImapRefused, ReplyForPeople(tagged));
}

// A response is a line. If a line announces a literal, the literal and one more line follow it.
Result<void> ImapConnection::ReadResponse(std::string& response, Deadline deadline, const LiteralSink& literal_sink) {
  response.clear();
  if (++responses_ > kMostResponses) return OutOfStep("an answer without end");
  GATEWAY_TRY(Explained(reader_.ReadLine(response, std::min(deadline, last_moment_))));
  std::uint64_t discarded = 0;
  std::size_t line = 0;  // where the last line begins: a line announces its literal only once
  for (std::size_t literals = 0; response.starts_with("* "); ++literals) {
    const auto length = LiteralLength(std::string_view(response).substr(line));
    if (!length) break;
    line = response.size();
    if (literals == kMostLiterals) return OutOfStep("a response without end");
    GATEWAY_TRY(ReadLiteral(*length, literal_sink ? literal_sink(response) : nullptr, discarded));
    GATEWAY_TRY(reader_.ReadLine(response, std::min(stream_->Soon(), last_moment_)));
  }
  answered_ += response.size();
  if (answered_ > kLongestAnswer) return OutOfStep("an answer without end");
  // Lines that are there already are read without a wait. The other look at the time is in that
  // wait.
  if (std::chrono::steady_clock::now() > last_moment_) return Transient(codes::kImapTimeout, "an answer without end");
  if (StartsWithIgnoringCase(response, "* BYE")) bye_ = ReplyForPeople(response.substr(2));
  return {};
}

Result<void> ImapConnection::ReadLiteral(std::uint64_t length, Sink* sink, std::uint64_t& discarded) {
  if (sink != nullptr) return reader_.ReadBytes(length, *sink, stream_->timeout(), last_moment_);
  if (length > kLongestDiscarded - discarded) return OutOfStep("a literal that was not asked for");
  discarded += length;
  StringSink nowhere;
  return reader_.ReadBytes(length, nowhere, stream_->timeout(), last_moment_);
}

// Adds to a lost connection what the server said before it hung up.
Result<void> ImapConnection::Explained(const Result<void>& result) const {
  const bool hung_up = !result && !bye_.empty() && Is(result.error(), codes::kImapConnectionLost);
  return hung_up ? OutOfStep(bye_) : result;
}

}  // namespace gateway::mail
