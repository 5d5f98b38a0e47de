// Follows the commands and replies with which libcurl logs in, for what its result code does not tell: the words of the
// server's last reply, and what it offers. Private to src/mail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/curl_handle.h"

namespace gateway::mail {

// At most 300 printable characters of a reply, without its line end: what may stand in an Error's detail.
std::string ReplyForPeople(std::string_view line);

class Transcript {
 public:
  // `handle` must be detached, or gone, before this object is.
  void Attach(CURL* handle);
  static void Detach(CURL* handle);

  [[nodiscard]] const std::string& last_reply() const { return last_reply_; }
  // Whether libcurl tried to log in at all: it does not where it knows none of the mechanisms that the server offers.
  [[nodiscard]] bool login_tried() const { return login_tried_; }
  // What the server offers to log in by, for people: "AUTH=XOAUTH2 LOGINDISABLED".
  [[nodiscard]] std::string LoginOffers() const;
  // Whether one of that takes a password, or it names nothing.
  [[nodiscard]] bool OffersPasswords() const;
  // Whether the SMTP server's last answer to EHLO has `keyword` (upper case).
  [[nodiscard]] bool Offers(std::string_view keyword) const;
  // The limit that it announces by SIZE (RFC 1870), in bytes; 0: none.
  [[nodiscard]] std::uint64_t SizeLimit() const;

 private:
  static std::size_t OnReply(char* line, std::size_t size, std::size_t count, void* self) noexcept;
  static int OnTraffic(CURL*, curl_infotype type, char* bytes, std::size_t size, void* self) noexcept;
  void Reply(std::string_view line);
  void Command(std::string_view line);
  void NoteCapabilities(std::string_view words);

  std::string last_reply_;
  bool login_tried_ = false;
  bool leaving_ = false;
  bool ehlo_ = false;                // the replies answer an EHLO
  std::vector<std::string> offers_;  // lines of that answer, upper case
  std::string login_offers_;         // of an IMAP server, by its last CAPABILITY
};

}  // namespace gateway::mail
