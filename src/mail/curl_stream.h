// A TLS connection on which libcurl has logged in and on which we speak ourselves from there on: libcurl's own IMAP
// commands cannot say BODY.PEEK, IDLE or MOVE, and cut response lines longer than its buffer. Private to src/mail.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string_view>

#include "base/handles.h"
#include "mail/connection_settings.h"
#include "mail/curl_handle.h"

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

class CurlStream {
 public:
  // Connects and logs in. `interruption`, when given, outlives the stream and ends all its calls with the transient
  // error "imap-interrupted".
  static Result<std::unique_ptr<CurlStream>> Open(const ConnectionSettings& settings, Interruption* interruption);

  // Sends all of `bytes`.
  Result<void> Write(std::string_view bytes);
  // Waits for bytes until `deadline`, and returns how many came, at least 1.
  Result<std::size_t> Read(std::span<char> buffer, std::chrono::steady_clock::time_point deadline);

 private:
  CurlStream(std::string protocol, Seconds timeout, Interruption* interruption)
      : protocol_(std::move(protocol)), timeout_(timeout), interruption_(interruption) {}
  Result<void> Wait(short events, std::chrono::steady_clock::time_point deadline) const;

  const std::string protocol_;
  const Seconds timeout_;
  Interruption* const interruption_;
  CurlHandle handle_ = NewCurlHandle();
  curl_socket_t socket_ = CURL_SOCKET_BAD;
};

}  // namespace gateway::mail
