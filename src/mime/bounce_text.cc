#include "mime/bounce_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "mime/entity_walker.h"
#include "mime/header_values.h"
#include "mime/mail_format.h"
#include "mime/report_fields.h"

namespace gateway::mime {
namespace {

// The phrases are in lower case, with single blanks.
constexpr std::array<std::string_view, 24> kFailed{
    "not be delivered",               // Exim, Postfix, sendmail
    "n't be delivered",               //
    "n't able to deliver",            // qmail
    "not delivered to",               // Notes
    "unable to deliver",              // Courier
    "undeliverable",                  // Exchange
    "undelivered mail",               // Postfix
    "delivery has failed",            // Exchange
    "delivery failed",                // Exim
    "delivery failure",               // Notes
    "failed permanently",             // Google
    "permanent fatal error",          // sendmail
    "permanent error",                // qmail
    "did not reach",                  // Exchange
    "cannot be reached",              // Exchange
    "returned mail",                  // sendmail
    "returned to sender",             // Postfix
    "user unknown",                   //
    "status notification (failure)",  // Exchange, Google
    "unzustellbar",                   // Exchange
    "nicht zugestellt",               //
    "zustellung fehlgeschlagen",      //
    "nachrichtenzustellung",          // Exchange: "Fehler bei der ..."
    "empfaenger nicht erreicht",      //
};
// Each of these says that nothing is lost yet, although Postfix and sendmail write "could not be
// delivered" with it.
constexpr std::array<std::string_view, 9> kDelayed{
    "do not need to resend",               // Postfix
    "this is a warning only",              // Postfix
    "no action is required on your part",  // Exim
    "has not yet been delivered",          // Exim
    "will be retried until",               // Postfix
    "not send message for past",           // sendmail
    "delivery delayed",                    // Exchange, Exim
    "delivery is delayed",                 // Exchange
    "status notification (delay)",         // Exchange, Google
};
constexpr std::string_view kArmorStart = "-----BEGIN PGP ";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

char CharacterAt(std::string_view text, std::size_t at) {
  return at < text.size() ? text[at] : ' ';
}

// Returns how many digits there are from `at` on.
std::size_t Digits(std::string_view text, std::size_t at) {
  std::size_t count = 0;
  while (IsDigit(CharacterAt(text, at + count))) ++count;
  return count;
}

// Returns whether "5.1.1" or the like is at `at` (RFC 3463), and not a date or an IP address.
bool IsEnhancedStatus(std::string_view line, std::size_t at) {
  if ((line[at] != '4' && line[at] != '5') || CharacterAt(line, at + 1) != '.') return false;
  const std::size_t subject = Digits(line, at + 2);
  if (subject < 1 || subject > 3 || CharacterAt(line, at + 2 + subject) != '.') return false;
  const std::size_t detail = Digits(line, at + 3 + subject);
  const std::size_t end = at + 3 + subject + detail;
  if (detail < 1 || detail > 3) return false;
  return CharacterAt(line, end) != '.' || !IsDigit(CharacterAt(line, end + 1));
}

// Returns whether "550 ", "550-", "#550 " or the like is at `at` (RFC 5321 section 4.2.3).
bool IsReplyCode(std::string_view line, std::size_t at) {
  if ((line[at] != '4' && line[at] != '5') || Digits(line, at) != 3 || line[at + 1] > '5') return false;
  const char after = CharacterAt(line, at + 3);
  return after == ' ' || after == '-' || after == '#' || after == ':' || after == ')';
}

bool ContainsStatus(std::string_view line) {
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (!IsDigit(line[at])) continue;
    const char before = at == 0 ? ' ' : line[at - 1];
    const bool starts = before == ' ' || before == '\t' || before == '#' || before == '(' || before == '<' ||
                        before == '[' || before == ':' || before == ';' || before == '"' || before == '\'';
    if (starts && (IsEnhancedStatus(line, at) || IsReplyCode(line, at))) return true;
    at += Digits(line, at);
  }
  return false;
}

// Returns the text in lower case, with each run of white space as one blank. The German umlaut "ä",
// which some write as bytes of ISO 8859-1 or UTF-8, becomes "ae".
std::string Normalised(std::string_view text) {
  std::string normal;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (!normal.empty() && normal.back() != ' ') normal += ' ';
    } else if (c == '\xE4' || (c == '\xC3' && CharacterAt(text, i + 1) == '\xA4')) {
      normal += "ae";
      if (c == '\xC3') ++i;
    } else {
      normal += LowerCase(c);
    }
  }
  return normal;
}

template <std::size_t size>
bool ContainsAnyOf(const std::array<std::string_view, size>& phrases, std::string_view text) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [text](std::string_view phrase) { return text.find(phrase) != std::string_view::npos; });
}

// Reads the text of a bounce line by line.
class LineReader {
 public:
  explicit LineReader(BounceText& bounce) : bounce_(bounce) {}

  // Returns false if nothing that follows counts.
  bool Take(std::string_view line) {
    if (line.starts_with(kArmorStart)) return false;
    // The line may be indented or quoted.
    const std::size_t start = line.find_first_not_of("> |\t");
    if (start != std::string_view::npos) line.remove_prefix(start);
    line = Trim(line);
    if (std::exchange(awaits_id_, false)) AddId(line);
    const bool of_header = TakeField(line);
    if (returned_) return true;
    own_.append(line).append("\n");
    if (!of_header && ContainsStatus(line) && bounce_.words.size() < kEnoughWords) {
      bounce_.words.append(line).append(" ");
    }
    return true;
  }

  void Finish(std::string_view subject) {
    const std::string text = Normalised(std::string(subject).append("\n").append(own_));
    bounce_.delayed = ContainsAnyOf(kDelayed, text);
    bounce_.failed = !bounce_.delayed && ContainsAnyOf(kFailed, text);
    bounce_.words = Printable(bounce_.words);
    if (const auto header = HeaderBlock::Parse(std::move(set_fields_), true)) bounce_.set = ParseSet(*header);
  }

 private:
  static constexpr std::size_t kEnoughWords = 4096;
  // Servers also cite these fields in their own words.
  static constexpr std::array<std::string_view, 5> kFields{"subject", "from", "to", "date", "betreff"};

  // Returns whether the line is a field of the mail that was not delivered.
  bool TakeField(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon > 64) return false;
    const std::string name = LowerCase(Trim(line.substr(0, colon)));
    const std::string_view value = Trim(line.substr(colon + 1));
    // Everything after these fields belongs to the returned mail, and not to the server's words.
    returned_ |= name == "received" || name == "return-path";
    if (name == "message-id" || name == "message id" || name == "original-message-id") {
      awaits_id_ = value.empty();
      AddId(value);
    } else if (name.starts_with("x-telemedicine-set") && set_fields_.size() < kEnoughWords) {
      set_fields_.append(line).append("\n");
    }
    return name.ends_with("message-id") || std::find(kFields.begin(), kFields.end(), name) != kFields.end();
  }

  void AddId(std::string_view value) {
    if (bounce_.message_ids.size() == kMostMessageIds || value.find('@') == std::string_view::npos) return;
    std::string id = MessageIdIn(value);
    if (!id.empty()) bounce_.message_ids.push_back(std::move(id));
  }

  BounceText& bounce_;
  std::string own_;  // the server's words
  std::string set_fields_;
  bool returned_ = false;
  bool awaits_id_ = false;  // the field's value is on the next line
};

}  // namespace

BounceText ReadBounceText(std::string_view subject, std::string_view text) {
  BounceText bounce;
  LineReader reader(bounce);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (!reader.Take(text.substr(0, end))) break;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  reader.Finish(subject);
  return bounce;
}

std::string TextOfHtml(std::string_view html) {
  constexpr std::array<std::pair<std::string_view, char>, 4> kEntities{
      {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&nbsp;", ' '}}};
  std::string text;
  bool in_tag = false;
  while (!html.empty()) {
    char c = html[0];
    std::size_t length = 1;
    for (const auto& [entity, character] : kEntities) {
      if (c != '&' || !html.starts_with(entity)) continue;
      c = character;
      length = entity.size();
    }
    const bool markup = length == 1;
    html.remove_prefix(length);
    if (markup && c == '<') {
      in_tag = true;
      text += '\n';
    } else if (markup && c == '>') {
      in_tag = false;
    } else if (!in_tag) {
      text += c;
    }
  }
  return text;
}

bool IsOfMailerDaemon(const HeaderBlock& header) {
  if (header.Count("X-Failed-Recipients") > 0) return true;
  const std::string from = LowerCase(header.Value("From").value_or("")).substr(0, kLongestValue);
  if (from == "<>" || from.find("mailer-daemon") != std::string::npos) return true;
  const std::string address = OnlyAddress(header, "From");
  return address.starts_with("postmaster@") || address.starts_with("mail-daemon@");
}

bool IsOfMailServer(const HeaderBlock& header) {
  return WithoutComments(header.Value("Return-Path").value_or("")) == "<>" || IsOfMailerDaemon(header);
}

}  // namespace gateway::mime
