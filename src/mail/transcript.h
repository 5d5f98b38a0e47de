// Follows the commands and replies of one libcurl transfer, for what libcurl's result code does not tell: the words of
// the server's last reply, and how far the dialogue had come. Private to src/mail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mail/curl_handle.h"

namespace gateway::mail {

// At most 300 printable characters of a reply, without its line end: what may stand in an Error's detail.
std::string ReplyForPeople(std::string_view line);

class Transcript {
 public:
  // `handle` must be detached, or gone, before this object is.
  void Attach(CURL* handle);
  static void Detach(CURL* handle);
  void Clear();

  [[nodiscard]] const std::string& last_reply() const { return last_reply_; }
  // MAIL has been sent: replies from here on concern the message.
  [[nodiscard]] bool mail_begun() const { return mail_begun_; }
  // The limit that the server announced by SIZE (RFC 1870); 0: none.
  [[nodiscard]] std::uint64_t size_limit() const { return size_limit_; }

 private:
  static std::size_t OnReply(char* line, std::size_t size, std::size_t count, void* self) noexcept;
  static int OnTraffic(CURL*, curl_infotype type, char* bytes, std::size_t size, void* self) noexcept;
  void Reply(std::string_view line);
  void Command(std::string_view line);

  std::string last_reply_;
  bool mail_begun_ = false;
  bool leaving_ = false;
  std::uint64_t size_limit_ = 0;
};

}  // namespace gateway::mail
