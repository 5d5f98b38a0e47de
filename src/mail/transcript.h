// Follows the commands and replies with which libcurl logs in, because libcurl's result code does
// not tell everything: the words of the server's last reply, and what the server offers. Private to
// src/mail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/curl_handle.h"

namespace gateway::mail {

// Returns at most 300 printable characters of a reply, without its line end, for the detail of an
// Error.
std::string ReplyForPeople(std::string_view line);

class Transcript {
 public:
  // `handle` must be detached, or destroyed, before this object is destroyed.
  void Attach(CURL* handle);
  static void Detach(CURL* handle);

  // Returns the last line that the server said, as it came and without its end.
  [[nodiscard]] const std::string& last_reply() const { return last_reply_; }
  // Returns whether libcurl tried to log in at all. It does not if it knows none of the mechanisms
  // that the server offers.
  [[nodiscard]] bool login_tried() const { return login_tried_; }
  // Returns the ways to log in that the server offers, as it says them: "AUTH=XOAUTH2
  // LOGINDISABLED".
  [[nodiscard]] std::string LoginOffers() const;
  // Returns whether one of these ways takes a password, or the server names none.
  [[nodiscard]] bool OffersPasswords() const;
  // Returns whether the SMTP server's last answer to EHLO has `keyword` (upper case).
  [[nodiscard]] bool Offers(std::string_view keyword) const;
  // Returns the limit in bytes that the server announces by SIZE (RFC 1870). 0 means that there is
  // none.
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
  bool ehlo_ = false;                // the present replies answer an EHLO
  std::vector<std::string> offers_;  // lines of that answer, in upper case
  std::string login_offers_;         // those of an IMAP server, from its last CAPABILITY
};

}  // namespace gateway::mail
