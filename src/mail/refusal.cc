#include "mail/refusal.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "mail/error_codes.h"
#include "mail/smtp_client.h"

namespace gateway::mail {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// RFC 3463: class.subject.detail.
struct EnhancedCode {
  int code_class = 0;
  int subject = 0;
  int detail = 0;
  bool operator==(const EnhancedCode&) const = default;
};

// Reads up to three digits at `at`, and moves `at` behind them.
std::optional<int> NumberAt(std::string_view text, std::size_t& at) {
  const std::size_t start = at;
  int number = 0;
  for (; at < text.size() && IsDigit(text[at]) && at - start < 3; ++at) number = number * 10 + (text[at] - '0');
  return at == start ? std::nullopt : std::optional(number);
}

// Returns the code at `at`. A part of an address or of a version is no code.
std::optional<EnhancedCode> CodeAt(std::string_view text, std::size_t at) {
  if (at > 0 && (IsDigit(text[at - 1]) || text[at - 1] == '.')) return std::nullopt;
  EnhancedCode code;
  for (int* const part : {&code.code_class, &code.subject, &code.detail}) {
    if (part != &code.code_class && (at >= text.size() || text[at++] != '.')) return std::nullopt;
    const auto number = NumberAt(text, at);
    if (!number) return std::nullopt;
    *part = *number;
  }
  const bool goes_on =
      at < text.size() && (IsDigit(text[at]) || (text[at] == '.' && at + 1 < text.size() && IsDigit(text[at + 1])));
  if (goes_on || (code.code_class != 4 && code.code_class != 5)) return std::nullopt;
  return code;
}

// Returns the first code that says something. A gateway's own "5.0.0" often stands before the code
// of the server that refused.
EnhancedCode FindCode(std::string_view text) {
  EnhancedCode first;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '4' && text[at] != '5') continue;
    const auto code = CodeAt(text, at);
    if (!code) continue;
    if (code->subject != 0) return *code;
    if (first == EnhancedCode{}) first = *code;
  }
  return first;
}

// Returns the first three digits that could be a reply code.
int FindReplyCode(std::string_view text) {
  for (std::size_t at = 0; at + 3 <= text.size(); ++at) {
    const bool starts = at == 0 || text[at - 1] == ' ' || text[at - 1] == ';' || text[at - 1] == ':';
    const bool ends = at + 3 == text.size() || text[at + 3] == ' ' || text[at + 3] == '-';
    if (!starts || !ends || (text[at] != '4' && text[at] != '5')) continue;
    if (IsDigit(text[at + 1]) && IsDigit(text[at + 2])) {
      return (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
    }
  }
  return 0;
}

bool HasAny(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// The size of a line, of a header, of an address or of a mailbox is not the size of the message.
bool SpeaksOfSize(std::string_view text) {
  return HasAny(text,
                {"too large", "too big", "too long", "size limit", "message size", "maximum size", "fixed limit",
                 "fixed maxim", "size exceed", "exceeds size", "exceeds the size", "message length", "larger than"}) &&
         !HasAny(text, {"line too long", "lines too long", "headers too", "line is too long", "header too long",
                        "line length"});
}
bool SpeaksOfMessageSize(std::string_view text) {
  return HasAny(text, {"message too large", "message too big", "message is too large", "message is too big",
                       "message is larger", "message larger", "mail is too large", "mail is too big", "mail is larger",
                       "message size", "mail size", "mail too large", "size limit", "message length exceeds"}) ||
         // The text may also say this about a limit, a threshold or a policy.
         (HasAny(text, {"message exceeds"}) && HasAny(text, {" size", "bytes", " kb", " mb", " kib", " mib"}));
}
// A limit of the mailbox is not a limit of the message.
bool SpeaksOfAFullMailbox(std::string_view text) {
  return HasAny(text, {"mailbox", "mail box", "inbox", "recipient's storage", "user's storage"}) &&
         HasAny(text, {" full", "over quota", "quota exceeded", "exceeded its", "over its", "size limit",
                       "maximum size", "storage", "has exceeded", "has reached"}) &&
         !HasAny(text, {"message size", "message too", "message is too", "message exceeds", "message is larger",
                        "message larger"});
}
// Returns whether the text is about the content or the reputation of the mail or of its sender.
// Whatever else the sentence names, it changes nothing to send the mail again, or in pieces.
bool SpeaksOfSpam(std::string_view text) {
  return HasAny(text, {"spam",           "complaint",        "blacklist",  "blocklist",
                       "block list",     "denylist",         "dnsbl",      "reputation",
                       "junk",           "unsolicited",      "phish",      "virus",
                       "malware",        "infected",         " rbl",       "surbl",
                       "uribl",          "bad url",          "suspicious", "spf check",
                       "content filter", "policy violation", "abuse"}) &&
         !HasAny(text, {"try again later", "try later", "temporar", "be scanned", "to scan"});
}
bool SpeaksOfOurAccount(std::string_view text) {
  return HasAny(text, {"submissionquota", "submission quota", "sending quota", "sending limit", "daily limit",
                       "hourly limit", "daily message limit", "hourly message limit", "daily user sending",
                       "daily message quota", "hourly message quota", "sender quota", "sender exceeded",
                       "sender has exceeded", "outbound", "you have exceeded", "you've reached", "you have reached"});
}
bool SpeaksOfNoRoom(std::string_view text) {
  return SpeaksOfAFullMailbox(text) ||
         HasAny(text, {"quota", "mailbox full", "mailbox is full", "mailbox has exceeded", "storage", "disk full",
                       "disk is full", "no space", "not enough space", "inbox is full", "user is full"});
}
// "Too many hops" means that a mail goes round in a circle, and it would do so again.
bool SpeaksOfALoop(std::string_view text) {
  return HasAny(text, {"hops", "hop count", "mail loop", "loop detected", "received headers", "received: headers"});
}
// Servers ask for patience in these words. "Try again" alone is not among them: it also follows
// advice about a wrong address.
bool SpeaksOfHaste(std::string_view text) {
  return !SpeaksOfALoop(text) &&
         HasAny(text, {"rate limit",   "ratelimit",       "rate exceeded",   "too quickly",       "too many",
                       "throttl",      "receiving limit", "try again later", "try later",         "temporar",
                       "congest",      "greylist",        "graylist",        "grey-list",         "greylisting",
                       "try again in", "try again at",    "try again after", "retry in",          "retry after",
                       "come back",    "at a later time", "mail at a rate",  "number of messages"});
}
// The server that gave up after days of trying wrote these words into a bounce.
bool SpeaksOfExpiry(std::string_view text) {
  return HasAny(text, {"message expired", "delivery time expired", "retry timeout", "could not be delivered for",
                       "not been delivered for", "queue lifetime", "retry time not reached"});
}
bool SpeaksOfAnUnknownMailbox(std::string_view text) {
  return HasAny(text, {"not found", "does not exist", "doesn't exist", "no such", "unknown user", "user unknown"});
}

Refusal ByWords(std::string_view text) {
  if (SpeaksOfSpam(text)) return Refusal::permanent;
  const bool is_ours = SpeaksOfOurAccount(text);
  if (!is_ours && SpeaksOfAFullMailbox(text)) return Refusal::mailbox_full;
  if (SpeaksOfSize(text)) return Refusal::too_large;
  if (is_ours) return Refusal::quota;
  if (SpeaksOfNoRoom(text)) return Refusal::mailbox_full;
  return SpeaksOfHaste(text) || SpeaksOfExpiry(text) ? Refusal::deferred : Refusal::permanent;
}

// X.2 is about the recipient's mailbox.
Refusal OfMailbox(int detail, std::string_view text) {
  switch (detail) {
    case 2:
      return SpeaksOfOurAccount(text) ? Refusal::quota : Refusal::mailbox_full;
    case 3:
      return Refusal::too_large;
    case 121:  // Exchange Online: the recipient gets more mails an hour than it may
    case 122:
      return Refusal::deferred;
    default:
      return ByWords(text);
  }
}

// X.3 is about the mail system.
Refusal OfSystem(int detail, std::string_view text) {
  switch (detail) {
    case 1:
      return Refusal::system_full;
    case 2:
      return Refusal::deferred;
    case 4:
      return Refusal::too_large;
    default:
      return ByWords(text);
  }
}

// X.4 is about the way. By RFC 3463 no answer (1), a bad connection (2), congestion (5) and the end
// of the time (7) are temporary by nature. Exchange Online says 5.4.1 about addresses that it does
// not know, and 300, 316 and 317 about mails whose time has ended.
Refusal OfRouting(int detail, std::string_view text) {
  if (SpeaksOfSpam(text)) return Refusal::permanent;
  if (SpeaksOfOurAccount(text)) return Refusal::quota;
  switch (detail) {
    case 1:
      return HasAny(text, {"denied", "reject", "unknown", "not found"}) ? Refusal::permanent : Refusal::deferred;
    case 2:
    case 3:
    case 5:
    case 7:
    case 300:
    case 316:
    case 317:
      return Refusal::deferred;
    case 4:  // the host is not found, which may be a fault of the name server
      return HasAny(text, {"try again"}) ? Refusal::deferred : ByWords(text);
    case 6:  // a loop
      return Refusal::permanent;
    default:
      return ByWords(text);
  }
}

// 552 means the message's size (RFC 1870) as well as the mailbox's room (RFC 5321), and some
// servers say nothing else.
Refusal Of552(std::string_view text, RefusedAt at) {
  const Refusal by_words = ByWords(text);
  const bool decided = SpeaksOfSpam(text) || SpeaksOfAnUnknownMailbox(text) || HasAny(text, {"line too long"});
  if (by_words != Refusal::permanent || decided) return by_words;
  return at == RefusedAt::rcpt ? Refusal::mailbox_full : Refusal::too_large;
}

// X.1, 5, 6 and 7 say whose fault it is. Servers use them also when they know nothing better, and
// then the reply code 552 and the words say more.
Refusal OfGeneric(const EnhancedCode& code, int reply, std::string_view text) {
  const bool generic = code.subject == 7 || (code.subject == 1 && code.detail == 0);
  if (SpeaksOfSpam(text)) return Refusal::permanent;
  if (!SpeaksOfOurAccount(text) && SpeaksOfAFullMailbox(text)) return Refusal::mailbox_full;
  if (SpeaksOfMessageSize(text) && (code.subject != 1 || generic || reply == 552)) return Refusal::too_large;
  if (reply == 552 && (generic || code.subject == 1)) return ByWords(text);
  if (code.subject == 5 && SpeaksOfHaste(text)) return Refusal::deferred;
  if (!generic || SpeaksOfSize(text)) return Refusal::permanent;
  return ByWords(text);
}

Refusal ByTable(const EnhancedCode& code, int reply, std::string_view text, RefusedAt at) {
  switch (code.subject) {
    case 1:
      return code.detail == 90 ? Refusal::quota : OfGeneric(code, reply, text);
    case 2:
      return OfMailbox(code.detail, text);
    case 3:
      return OfSystem(code.detail, text);
    case 4:
      return OfRouting(code.detail, text);
    case 5:
    case 6:
    case 7:
      return OfGeneric(code, reply, text);
    default:
      return reply == 552 ? Of552(text, at) : ByWords(text);
  }
}

// Returns the text in lower case and without addresses, because the words in addresses say nothing.
std::string WordsOf(std::string_view whole) {
  std::string words;
  std::string_view rest = whole.substr(0, kLongestRefusal);
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.find(' ') + 1, rest.size());
    const std::string_view word = rest.substr(0, size == 0 ? rest.size() : size);
    rest.remove_prefix(word.size());
    if (word.find('@') == std::string_view::npos) words += LowerCase(word);
  }
  return words;
}

}  // namespace

Refusal MeaningOfRefusal(std::string_view whole, RefusedAt at) {
  const std::string text = WordsOf(whole);
  const EnhancedCode code = FindCode(text);
  const int reply = FindReplyCode(text);
  const int code_class = code.code_class != 0 ? code.code_class : reply / 100;
  const Refusal refusal = ByTable(code, reply, text, at);
  // If a server gave up after days of 4xx, the bounce says so.
  if (code_class != 4) return refusal;
  // "Later" with words about the size may mean that there is no room for the mail now.
  const bool is_of_size = (code.subject == 3 && code.detail == 4) || (code.subject == 2 && code.detail == 3);
  const bool stays = refusal == Refusal::permanent || (refusal == Refusal::too_large && !is_of_size);
  return stays ? Refusal::deferred : refusal;
}

bool MayConcernSender(const Error& error, RefusedAt at, std::string_view reply) {
  if (at == RefusedAt::mail) return true;
  const std::string text = LowerCase(reply.substr(0, kLongestRefusal));
  const EnhancedCode code = FindCode(text);
  const bool of_sender =
      (code.subject == 1 && (code.detail == 7 || code.detail == 8)) ||
      HasAny(text, {"sender", "<>", "null return", "empty return", "null envelope", "empty envelope", "return path",
                    "return-path", "reverse path", "reverse-path", "mail from", "bounce", "backscatter"});
  // A refusal that would stop every mail of the mailbox must not rest on the empty sender alone.
  if (of_sender || ConcernsWholeServer(error)) return true;
  if (!Is(error, codes::kSmtpRefused)) return false;
  // A server may apply its rule for senders only at RCPT, and then answers with a recipient's code.
  return !((code.subject == 1 && code.detail != 0) || code.subject == 2);
}

}  // namespace gateway::mail
