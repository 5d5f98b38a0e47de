#include "mail/imap_connection.h"

#include <algorithm>

#include "base/files.h"
#include "mail/imap_syntax.h"
#include "mail/transcript.h"

namespace gateway::mail {
namespace {

// One line may list a whole mailbox: room for 1.5 million UIDs.
constexpr std::size_t kLongestResponse = 16'777'216;
// Of literals that nobody asked for.
constexpr std::uint64_t kLongestDiscarded = 1'048'576;

Error OutOfStep(std::string_view what) {
  return Transient("imap-connection-lost", std::string(what));
}

// "12 FETCH (UID 7 BODY[] {512}" is where the mail follows.
bool AnnouncesBody(std::string_view response) {
  const std::size_t brace = response.rfind('{');
  if (brace == std::string_view::npos) return false;
  std::string_view before = response.substr(0, brace);
  if (before.ends_with('~')) before.remove_suffix(1);
  constexpr std::string_view kBody = "BODY[] ";
  return before.size() > kBody.size() && EqualIgnoringCase(before.substr(before.size() - kBody.size()), kBody);
}

// The quoted string after "BODY[] ": how a server may send a mail of a few bytes.
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
  GATEWAY_ASSIGN(auto stream, CurlStream::Open(ConnectionSettings(settings), transcript, interruption));
  std::unique_ptr<ImapConnection> connection(new ImapConnection(std::move(stream)));
  GATEWAY_TRY(connection->AskCapabilities());
  return connection;
}

ImapConnection::~ImapConnection() {
  // Nobody waits for the answers.
  if (idling_) static_cast<void>(stream_->Write("DONE\r\n"));
  static_cast<void>(Begin("LOGOUT"));
}

Result<void> ImapConnection::AskCapabilities() {
  return Run("CAPABILITY", [this](std::string_view response) {
    if (!StartsWithIgnoringCase(response, "CAPABILITY ")) return;
    std::string word;
    for (const char c : response.substr(11)) {
      if (c == ' ') {
        capabilities_.push_back(std::exchange(word, {}));
      } else {
        word += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      }
    }
    capabilities_.push_back(std::move(word));
  });
}

bool ImapConnection::Has(std::string_view capability) const {
  return std::ranges::find(capabilities_, capability) != capabilities_.end();
}

Result<void> ImapConnection::Run(std::string_view command, const OnUntagged& on_untagged) {
  GATEWAY_TRY(Begin(command));
  return Finish(on_untagged);
}

Result<std::uint32_t> ImapConnection::Select(std::string_view folder) {
  GATEWAY_ASSIGN(const std::string name, QuotedFolder(folder));
  std::uint32_t uid_validity = 0;
  GATEWAY_TRY(Run("SELECT " + name, [&](std::string_view response) {
    if (!StartsWithIgnoringCase(response, "OK [UIDVALIDITY ")) return;
    uid_validity = NumberAfter(response, "UIDVALIDITY").value_or(0);
  }));
  return uid_validity;
}

Result<std::uint64_t> ImapConnection::FetchBody(std::uint32_t uid, Sink& sink) {
  CountingSink body(sink);
  bool found = false;
  std::string small;
  bool wrong = false;
  const auto on_untagged = [&](std::string_view response) {
    const std::size_t word = response.find(' ') + 1;
    if (!StartsWithIgnoringCase(response.substr(word), "FETCH ") || response.find("BODY[]") == std::string_view::npos) {
      return;
    }
    wrong = wrong || NumberAfter(response, "UID").value_or(uid) != uid;
    if (const auto quoted = QuotedBody(response)) {
      found = true;
      small = *quoted;
    }
  };
  const auto literal_sink = [&](std::string_view response) -> Sink* {
    if (found || !AnnouncesBody(response)) return nullptr;
    found = true;
    return &body;
  };
  GATEWAY_TRY(Begin("UID FETCH " + std::to_string(uid) + " (UID BODY.PEEK[])"));
  if (auto finished = Finish(on_untagged, literal_sink); !finished) {
    // RFC 5530: expunged by somebody else while we asked.
    const bool expunged = finished.error().detail.find("[EXPUNGEISSUED]") != std::string::npos;
    return expunged ? Transient("imap-gone", finished.error().detail) : finished.error();
  }
  if (wrong) return OutOfStep("the server sent another mail than asked for");
  if (!found) return Transient("imap-gone", "no mail with this UID");
  if (!small.empty()) GATEWAY_TRY(body.Write(small));
  return body.count();
}

Result<void> ImapConnection::BeginIdle(const OnUntagged& on_untagged) {
  GATEWAY_TRY(Begin("IDLE"));
  idling_ = true;
  std::string response;
  for (;;) {
    GATEWAY_TRY(ReadResponse(response, stream_->Soon(), {}));
    if (response.starts_with('+')) return {};
    if (response.starts_with(tag_)) {
      GATEWAY_TRY(Judge(response));
      return OutOfStep("IDLE ended at once");
    }
    if (on_untagged && response.starts_with("* ")) on_untagged(std::string_view(response).substr(2));
  }
}

Result<void> ImapConnection::IdleResponse(std::string& response, Deadline deadline) {
  GATEWAY_TRY(ReadResponse(response, deadline, {}));
  if (!response.starts_with("* ")) return OutOfStep("the server ended IDLE");
  response.erase(0, 2);
  return {};
}

Result<void> ImapConnection::EndIdle(const OnUntagged& on_untagged) {
  GATEWAY_TRY(stream_->Write("DONE\r\n"));
  idling_ = false;
  return Finish(on_untagged);
}

Result<void> ImapConnection::Begin(std::string_view command) {
  tag_ = "g" + std::to_string(++command_number_) + " ";
  return stream_->Write(tag_ + std::string(command) + "\r\n");
}

Result<void> ImapConnection::Finish(const OnUntagged& on_untagged, const LiteralSink& literal_sink) {
  std::string response;
  for (;;) {
    GATEWAY_TRY(ReadResponse(response, stream_->Soon(), literal_sink));
    if (response.starts_with(tag_)) return Judge(response);
    if (response.starts_with("* ")) {
      if (on_untagged) on_untagged(std::string_view(response).substr(2));
    } else if (!response.starts_with('+')) {
      return OutOfStep("a response that belongs to no command");
    }
  }
}

Result<void> ImapConnection::Judge(std::string_view tagged) const {
  tagged.remove_prefix(tag_.size());
  if (StartsWithIgnoringCase(tagged, "OK")) return {};
  return Transient("imap-refused", ReplyForPeople(tagged));
}

// A response: a line, and for each literal that a line announces the literal and a line more.
Result<void> ImapConnection::ReadResponse(std::string& response, Deadline deadline, const LiteralSink& literal_sink) {
  response.clear();
  GATEWAY_TRY(Explained(reader_.ReadLine(response, deadline)));
  while (response.starts_with("* ")) {
    const auto length = LiteralLength(response);
    if (!length) break;
    GATEWAY_TRY(ReadLiteral(*length, literal_sink ? literal_sink(response) : nullptr));
    GATEWAY_TRY(reader_.ReadLine(response, stream_->Soon()));
  }
  if (StartsWithIgnoringCase(response, "* BYE")) bye_ = ReplyForPeople(response.substr(2));
  return {};
}

Result<void> ImapConnection::ReadLiteral(std::uint64_t length, Sink* sink) {
  if (sink != nullptr) return reader_.ReadBytes(length, *sink, stream_->timeout());
  if (length > kLongestDiscarded) return OutOfStep("a literal that was not asked for");
  StringSink discarded;
  return reader_.ReadBytes(length, discarded, stream_->timeout());
}

// Of a lost connection, what the server said before it hung up.
Result<void> ImapConnection::Explained(const Result<void>& result) const {
  const bool hung_up = !result && !bye_.empty() && result.error().code == "imap-connection-lost";
  return hung_up ? OutOfStep(bye_) : result;
}

}  // namespace gateway::mail
