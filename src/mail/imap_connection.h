// One logged-in IMAP4rev1 connection: commands with their responses, literals streamed. After an error other than
// "imap-refused", "imap-gone" and "imap-no-data" the connection is out of step and good for nothing but to be
// destroyed. Private to src/mail.
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
  // Gets an untagged response without its "* " and its line end; literals are left out, only their "{n}" shows.
  using OnUntagged = std::function<void(std::string_view response)>;

  static Result<std::unique_ptr<ImapConnection>> Open(const ImapSettings& settings, Interruption* interruption);
  ~ImapConnection();

  // Whether the server named `capability`, upper case, after the login.
  [[nodiscard]] bool Has(std::string_view capability) const;

  // `command` holds no CR or LF. NO and BAD are "imap-refused" with the server's words.
  Result<void> Run(std::string_view command, const OnUntagged& on_untagged = {});
  struct Selected {
    std::uint32_t uid_validity = 0;
    std::uint32_t uid_next = 0;  // 0: the server does not say
  };
  // Selects `folder` (UTF-8), also when it is selected already.
  Result<Selected> Select(std::string_view folder);
  // A folder name as it may stand in a command of this connection.
  [[nodiscard]] Result<std::string> Quoted(std::string_view folder) const;
  // Asks for a mail and does not wait for it. The next call must be FetchBody() with the same UID.
  Result<void> AskForBody(std::uint32_t uid);
  // Streams the mail with that UID of the selected folder; "imap-gone" where the server hands out none, "imap-no-data"
  // where it is empty, "imap-too-large" where it has more than `longest` bytes.
  Result<FetchedMail> FetchBody(std::uint32_t uid, Sink& sink, std::uint64_t longest);

  // IDLE (RFC 2177): begins it; waits for one untagged response; ends it.
  Result<void> BeginIdle(const OnUntagged& on_untagged = {});
  Result<void> IdleResponse(std::string& response, Deadline deadline);
  Result<void> EndIdle(const OnUntagged& on_untagged);

 private:
  // Where the next literal goes, by the text of the response before it; nullptr: nowhere.
  using LiteralSink = std::function<Sink*(std::string_view response)>;

  explicit ImapConnection(std::unique_ptr<CurlStream> stream);
  static Result<std::unique_ptr<ImapConnection>> OpenByLogin(const ImapSettings& settings, Interruption* interruption,
                                                             const Error& refused);
  // The LOGIN command (RFC 3501 section 6.2.3).
  Result<void> Login(const ImapSettings& settings);
  Result<void> Begin(std::string_view command);
  void BeginAnswer();
  Result<void> Finish(const OnUntagged& on_untagged, const LiteralSink& literal_sink = {});
  Result<void> Judge(std::string_view tagged) const;
  Result<void> ReadResponse(std::string& response, Deadline deadline, const LiteralSink& literal_sink);
  Result<void> ReadLiteral(std::uint64_t length, Sink* sink, std::uint64_t& discarded);
  Result<void> Explained(const Result<void>& result) const;
  Result<void> AskCapabilities();

  const std::unique_ptr<CurlStream> stream_;
  LineReader reader_;
  unsigned command_number_ = 0;
  std::string tag_;
  std::uint32_t asked_for_ = 0;  // the mail that AskForBody() is to bring; 0: none
  Deadline last_moment_;         // of the answer that is being read, however much the server has to say
  std::size_t responses_ = 0;    // of that answer
  std::size_t answered_ = 0;     // bytes of them
  bool idling_ = false;
  bool utf8_ = false;  // UTF8=ACCEPT is enabled
  std::string bye_;    // what the server said before it hung up
  std::vector<std::string> capabilities_;
};

}  // namespace gateway::mail
