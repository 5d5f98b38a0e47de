// Lines and counted bytes off a CurlStream. Private to src/mail.
#pragma once

#include <string>
#include <vector>

#include "gateway/stream.h"
#include "mail/curl_stream.h"

namespace gateway::mail {

class LineReader {
 public:
  // `longest`: bytes of a line; longer ones are "<protocol>-connection-lost".
  LineReader(CurlStream& stream, std::size_t longest) : stream_(stream), longest_(longest) {}

  // Appends a line, without its CRLF, to `line`. After a time-out or an interruption it can be called again: what came
  // of the line is kept.
  Result<void> ReadLine(std::string& line, Deadline deadline);
  // Hands `length` bytes to `sink`; each piece may take `patience`.
  Result<void> ReadBytes(std::uint64_t length, Sink& sink, Seconds patience);

 private:
  Result<void> Fill(Deadline deadline);

  CurlStream& stream_;
  const std::size_t longest_;
  std::string buffer_;  // received and not consumed, from position_ on
  std::size_t position_ = 0;
  std::vector<char> incoming_;  // where the stream reads into
};

}  // namespace gateway::mail
