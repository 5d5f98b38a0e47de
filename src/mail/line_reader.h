// Reads lines and counted bytes from a CurlStream. Private to src/mail.
#pragma once

#include <string>
#include <vector>

#include "gateway/stream.h"
#include "mail/curl_stream.h"

namespace gateway::mail {

class LineReader {
 public:
  // `longest` is in bytes. A longer line fails with "<protocol>-connection-lost".
  LineReader(CurlStream& stream, std::size_t longest) : stream_(stream), longest_(longest) {}

  // Appends a line, without its CRLF, to `line`. After a time-out or an interruption it can be
  // called again. It keeps the part of the line that came before.
  Result<void> ReadLine(std::string& line, Deadline deadline);
  // Hands `length` bytes to `sink`. Every 16 KiB may take `patience`, so that it waits for a slow
  // line, but not for a server that sends a byte now and then. All of them together may take until
  // `last_moment`.
  Result<void> ReadBytes(std::uint64_t length, Sink& sink, Seconds patience, Deadline last_moment);

 private:
  Result<void> Fill(Deadline deadline);

  CurlStream& stream_;
  const std::size_t longest_;
  std::string buffer_;  // received and not yet consumed, from position_ on
  std::size_t position_ = 0;
  std::vector<char> incoming_;  // the buffer into which the stream reads
};

}  // namespace gateway::mail
