// One logged-in IMAP4rev1 connection, which sends commands, reads their responses and streams
// literals. After an error other than "imap-refused", "imap-gone" and "imap-no-data" the connection
// is out of step, and the owner can only destroy it. Private to src/mail.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/stream.h"
#include "mail/curl_stream.h"
#include "mail/imap_client.h"
#include "mail/line_reader.h"

namespace gateway::mail {

class ImapConnection {
 public:
  // Gets an untagged response without its "* " and its line end. Literals are left out, and only
  // their "{n}" shows.
  using OnUntagged = std::function<void(std::string_view response)>;

  static Result<std::unique_ptr<ImapConnection>> Open(const ImapSettings& settings, Interruption* interruption);
  ~ImapConnection();

  // Returns whether the server named `capability` (upper case) after the login.
  [[nodiscard]] bool Has(std::string_view capability) const;

  // `command` must hold no CR or LF. The answers NO and BAD become "imap-refused" with the server's
  // words.
  Result<void> Run(std::string_view command, const OnUntagged& on_untagged = {});
  struct Selected {
    std::uint32_t uid_validity = 0;
    std::uint32_t uid_next = 0;  // 0: the server does not say
  };
  // Selects `folder` (UTF-8), even if it is selected already.
  Result<Selected> Select(std::string_view folder);
  // Returns a folder name in the form that commands on this connection need.
  [[nodiscard]] Result<std::string> Quoted(std::string_view folder) const;
  // Asks for a mail and does not wait for it. The next call must be FetchBody() with the same UID.
  Result<void> AskForBody(std::uint32_t uid);
  // Streams the mail with this UID of the selected folder. Errors: "imap-gone" if the server hands
  // out none, "imap-no-data" if it is empty, "imap-too-large" if it has more than `longest` bytes.
  Result<FetchedMail> FetchBody(std::uint32_t uid, Sink& sink, std::uint64_t longest);

  // IDLE (RFC 2177). These begin it, wait for one untagged response, and end it.
  Result<void> BeginIdle(const OnUntagged& on_untagged = {});
  Result<void> IdleResponse(std::string& response, Deadline deadline);
  Result<void> EndIdle(const OnUntagged& on_untagged);

 private:
  // Returns where the next literal goes, by the text of the response before it. nullptr means
  // nowhere.
  using LiteralSink = std::function<Sink*(std::string_view response)>;

  explicit ImapConnection(std::unique_ptr<CurlStream> stream);
  static Result<std::unique_ptr<ImapConnection>> OpenByLogin(const ImapSettings& settings, Interruption* interruption,
                                                             const Error& refused);
  // Sends the LOGIN command (RFC 3501 section 6.2.3).
  Result<void> Login(const ImapSettings& settings);
  Result<void> Begin(std::string_view command);
  void BeginAnswer();
  Result<void> Finish(const OnUntagged& on_untagged, const LiteralSink& literal_sink = {});
  Result<void> CheckTagged(std::string_view tagged) const;
  Result<void> ReadResponse(std::string& response, Deadline deadline, const LiteralSink& literal_sink);
  Result<void> ReadLiteral(std::uint64_t length, Sink* sink, std::uint64_t& discarded);
  Result<void> Explained(const Result<void>& result) const;
  Result<void> AskCapabilities();

  const std::unique_ptr<CurlStream> stream_;
  LineReader reader_;
  unsigned command_number_ = 0;
  std::string tag_;
  std::uint32_t asked_for_ = 0;  // the mail that AskForBody() asked for; 0 if there is none
  // The present answer must end by this time, however much the server has to say.
  Deadline last_moment_;
  std::size_t responses_ = 0;  // responses of that answer
  std::size_t answered_ = 0;   // bytes of those responses
  bool idling_ = false;
  bool utf8_ = false;  // UTF8=ACCEPT is enabled
  std::string bye_;    // what the server said before it hung up
  std::vector<std::string> capabilities_;
};

}  // namespace gateway::mail
