// What an IMAP or SMTP server says, and what we say to it.

#include <algorithm>

#include "fuzz.h"
#include "mail/imap_syntax.h"
#include "mail/smtp_connection.h"
#include "mail/transcript.h"

namespace gateway::fuzz {
namespace {

void ReadLine(std::string_view line) {
  std::string_view rest = line;
  if (mail::TakeNumber(rest)) PROMISE(rest.size() < line.size());
  static_cast<void>(mail::LiteralLength(line));
  for (const char* word : {"UID", "UIDVALIDITY", "UIDNEXT"}) static_cast<void>(mail::NumberAfter(line, word));
  PROMISE(IsLoggable(mail::ReplyForPeople(line), 300));
  if (const auto folder = mail::QuotedFolder(line)) {
    PROMISE(folder->starts_with('"') && folder->ends_with('"') && IsLoggable(*folder, 10'000));
  }
  PROMISE(IsLoggable(mail::Xtext(line), 3 * line.size()));
}

// RFC 5321 section 4.5.2, as a server undoes it to which a lone LF ends a line, too.
std::string Unstuffed(std::string_view text) {
  PROMISE(text.ends_with(".\r\n"));
  text.remove_suffix(3);
  std::string plain;
  bool line_start = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (line_start && text[i] == '.') {
      PROMISE(i + 1 < text.size());
      ++i;
    }
    plain += text[i];
    line_start = text[i] == '\n';
  }
  return plain;
}

void Stuff(std::string_view message) {
  mail::DotStuffer stuffer;
  std::string out;
  for (std::size_t at = 0, piece = 1; at < message.size(); at += piece, piece = piece * 7 % 101 + 1) {
    stuffer.Append(message.substr(at, piece), out);
  }
  stuffer.Finish(out);
  // No line is the lone dot that ends a message, but the last.
  PROMISE(out == ".\r\n" || out.ends_with("\r\n.\r\n"));
  PROMISE(!std::string_view(out).starts_with(".\r\n") || out.size() == 3);
  PROMISE(out.size() < 5 || out.find("\r\n.\r\n") == out.size() - 5);
  const std::string plain = Unstuffed(out);
  PROMISE(plain.starts_with(message) && plain.size() <= message.size() + 2);
}

void WriteUids(FuzzedDataProvider& input) {
  std::vector<std::uint32_t> uids;
  while (input.remaining_bytes() > 0 && uids.size() < 500) uids.push_back(input.ConsumeIntegral<std::uint16_t>());
  std::vector<std::uint32_t> read;
  for (const std::string& set : mail::UidSets(uids, 40)) {
    PROMISE(!set.empty() && set.size() <= 40);
    std::string_view rest = set;
    while (!rest.empty()) {
      const auto first = mail::TakeNumber(rest);
      PROMISE(first);
      std::uint32_t last = *first;
      if (rest.starts_with(':')) {
        rest.remove_prefix(1);
        last = mail::TakeNumber(rest).value();
      }
      for (std::uint32_t uid = *first; uid <= last; ++uid) read.push_back(uid);
      if (rest.starts_with(',')) rest.remove_prefix(1);
    }
  }
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  PROMISE(read == uids);
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  ReadLine(Text(data, size));
  Stuff(Text(data, size));
  FuzzedDataProvider input(data, size);
  WriteUids(input);
  return 0;
}
