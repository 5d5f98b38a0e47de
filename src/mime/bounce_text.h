// Reads what mail servers write for people if they could not deliver a mail and there is no
// message/delivery-status: qmail, old Exim, Exchange, Notes and others, in English or German. This
// is guesswork, so it demands several marks together. Words that are not the server's own stay out
// of the log. Time and memory are linear in the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/telemedicine_set.h"
#include "mime/header_block.h"

namespace gateway::mime {

inline constexpr std::size_t kMostMessageIds = 16;

struct BounceText {
  bool failed = false;                   // it says that a mail was not delivered
  bool delayed = false;                  // it says that the server still tries
  std::vector<std::string> message_ids;  // those of Message-ID fields in it, at most kMostMessageIds
  std::optional<TelemedicineSet> set;    // that of X-TELEMEDICINE-* fields in it
  std::string words;                     // its lines with an SMTP reply code or an enhanced status code
};

BounceText ReadBounceText(std::string_view subject, std::string_view text);

// Returns text/html without its tags.
std::string TextOfHtml(std::string_view html);

// Returns whether the header says that a mail server wrote the mail.
bool IsOfMailServer(const HeaderBlock& header);
// Is more certain: the mail is from MAILER-DAEMON or postmaster, or names recipients that failed.
// An empty Return-Path is not enough, because an absence note has one, too.
bool IsOfMailerDaemon(const HeaderBlock& header);

}  // namespace gateway::mime
