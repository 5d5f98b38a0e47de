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
  // Hands `length` bytes to `sink`. Every 16 KiB may take `patience`, so that a slow line is waited for, and a server
  // that sends a byte now and then is not; all together may take until `last_moment`.
  Result<void> ReadBytes(std::uint64_t length, Sink& sink, Seconds patience, Deadline last_moment);

 private:
  Result<void> Fill(Deadline deadline);

  CurlStream& stream_;
  const std::size_t longest_;
  std::string buffer_;  // received and not consumed, from position_ on
  std::size_t position_ = 0;
  std::vector<char> incoming_;  // where the stream reads into
};

}  // namespace gateway::mail
