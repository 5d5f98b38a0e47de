// What mail servers write for people when they could not deliver a mail, without a message/delivery-status: qmail, old
// Exim, Exchange, Notes and others, in English or German. Guesswork, so it takes several marks together; and what is
// not the server's own words is kept out of the log. Time and memory are linear in the text.
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
  bool delayed = false;                  // it says that delivery is still tried
  std::vector<std::string> message_ids;  // of Message-ID fields within it, at most kMostMessageIds
  std::optional<TelemedicineSet> set;    // of X-TELEMEDICINE-* fields within it
  std::string words;                     // its lines that hold an SMTP reply code or an enhanced status code
};

BounceText ReadBounceText(std::string_view subject, std::string_view text);

// text/html without its tags.
std::string TextOfHtml(std::string_view html);

// Whether the header says that a mail server wrote the mail.
bool IsOfMailServer(const HeaderBlock& header);
// Surer: it is from MAILER-DAEMON or postmaster, or names recipients that failed. An empty Return-Path alone has an
// absence note, too.
bool IsOfMailerDaemon(const HeaderBlock& header);

}  // namespace gateway::mime
