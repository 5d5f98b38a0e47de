// A TLS connection on which libcurl has logged in, and on which we speak ourselves from then on.
// libcurl 7.88 gets some things wrong, and cannot do others. For SMTP, it counts the dots that it
// stuffs as bytes of the message, and ends the message when the count reaches the announced size,
// which cuts mails short. For IMAP, it has no BODY.PEEK, IDLE or MOVE, and it cuts response lines
// that are longer than its buffer. Private to src/mail.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/handles.h"
#include "mail/connection_settings.h"
#include "mail/curl_handle.h"
#include "mail/transcript.h"

namespace gateway::mail {

// Ends everything that waits on a connection, until Clear() is called. Thread-safe.
class Interruption {
 public:
  Interruption();
  void Raise();
  void Clear();
  [[nodiscard]] bool raised() const { return raised_; }
  [[nodiscard]] int fd() const { return event_.get(); }  // readable while raised

 private:
  std::atomic<bool> raised_ = false;
  UniqueFd event_;
};

using Deadline = std::chrono::steady_clock::time_point;

class CurlStream {
 public:
  // Connects and logs in, and leaves in `transcript` what the server said. If `interruption` is
  // given, it must outlive the stream. It ends all calls of the stream with the transient error
  // "interrupted".
  static Result<std::unique_ptr<CurlStream>> Open(const ConnectionSettings& settings, Transcript& transcript,
                                                  Interruption* interruption = nullptr);

  // Sends all of `bytes`, as long as the server keeps taking some of them.
  Result<void> Write(std::string_view bytes);
  // Waits for bytes until `deadline`, and returns how many came, at least 1.
  Result<std::size_t> Read(std::span<char> buffer, Deadline deadline);

  // Returns the error by which the protocol names a lost connection.
  [[nodiscard]] Error Lost(std::string detail) const;
  // Returns the time by which a server that must answer now has had its time.
  [[nodiscard]] Deadline Soon() const { return std::chrono::steady_clock::now() + timeout_; }
  [[nodiscard]] Seconds timeout() const { return timeout_; }

 private:
  CurlStream(const ConnectionCodes& errors, Seconds timeout, Interruption* interruption)
      : errors_(errors), timeout_(timeout), interruption_(interruption) {}
  Result<void> Wait(short events, Deadline deadline);
  // Returns whether the gateway stops and the server has had its time.
  bool IsToEnd();

  const ConnectionCodes errors_;
  const Seconds timeout_;
  Interruption* const interruption_;
  CurlHandle handle_ = NewCurlHandle();
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  std::optional<Deadline> end_by_;  // set once the gateway stops
};

}  // namespace gateway::mail
