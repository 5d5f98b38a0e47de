// A TLS connection on which libcurl has logged in and on which we speak ourselves from there on, for what libcurl 7.88
// gets wrong or cannot do. SMTP: it counts the dots that it stuffs as bytes of the message, and ends the message when
// the count reaches the size that was announced, which cuts mails short. IMAP: it has no BODY.PEEK, IDLE or MOVE, and
// cuts response lines that are longer than its buffer. Private to src/mail.
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

// Ends what waits on a connection. Thread-safe. Holds until Clear().
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
  // Connects and logs in, and leaves in `transcript` what the server said. `interruption`, when given, outlives the
  // stream and ends all its calls with the transient error "interrupted".
  static Result<std::unique_ptr<CurlStream>> Open(const ConnectionSettings& settings, Transcript& transcript,
                                                  Interruption* interruption = nullptr);

  // Sends all of `bytes`, as long as the server keeps taking some of them.
  Result<void> Write(std::string_view bytes);
  // Waits for bytes until `deadline`, and returns how many came, at least 1.
  Result<std::size_t> Read(std::span<char> buffer, Deadline deadline);

  // The error by which the protocol names a lost connection.
  [[nodiscard]] Error Lost(std::string detail) const;
  // When a server that has to answer now has had its time.
  [[nodiscard]] Deadline Soon() const { return std::chrono::steady_clock::now() + timeout_; }
  [[nodiscard]] Seconds timeout() const { return timeout_; }

 private:
  CurlStream(const ConnectionCodes& errors, Seconds timeout, Interruption* interruption)
      : errors_(errors), timeout_(timeout), interruption_(interruption) {}
  Result<void> Wait(short events, Deadline deadline);
  // The gateway stops, and the server has had its time.
  bool IsToEnd();

  const ConnectionCodes errors_;
  const Seconds timeout_;
  Interruption* const interruption_;
  CurlHandle handle_ = NewCurlHandle();
  curl_socket_t socket_ = CURL_SOCKET_BAD;
  std::optional<Deadline> end_by_;  // once the gateway stops
};

}  // namespace gateway::mail
