// A mail server that follows its protocol but for one reply, for what a server may say: it is
// outside input like any other. The server is a real one as far as TCP goes.
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "base/handles.h"

namespace gateway::mail::test {

// What the server sends instead of a reply, before it closes the connection. False: the client hung
// up first.
using Lie = std::function<bool(int socket, const std::stop_token& stop)>;

bool SendAll(int socket, std::string_view bytes);
Lie Once(std::string text);
// `start`, then `piece` for ever, or as good as.
Lie Endless(const std::string& piece, const std::string& start = "");
// `start`, then `piece` 20 times a second: a client that waits for a second has always just got
// something. Where it does not give up within a minute, the server does.
Lie Dripping(const std::string& piece, const std::string& start = "");
// Reads nothing more.
Lie Deaf(const std::string& reply);

class LyingServer {
 public:
  // What it says otherwise to a connection that it took; ends when an Answer() is false, or a
  // Line() empty.
  using Dialogue = std::function<void(LyingServer& server)>;

  // It lies where it answers a line that begins with `where`; "": in the greeting.
  LyingServer(const std::string& scheme, Dialogue dialogue, std::string where, Lie lie);
  ~LyingServer();
  LyingServer(const LyingServer&) = delete;
  LyingServer& operator=(const LyingServer&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] bool lied() const { return lied_; }
  // Waits for the end of a lie that is being told.
  [[nodiscard]] bool client_hung_up();

  // For the dialogue. False: the connection is to be closed.
  bool Answer(std::string_view line, std::string_view reply);
  // The client's next; empty: it is gone.
  std::string Line();

 private:
  void Serve(const std::stop_token& stop);

  const Dialogue dialogue_;
  const std::string where_;
  const Lie lie_;
  UniqueFd listener_;
  std::string url_;
  std::atomic<bool> lied_ = false;
  std::atomic<bool> hung_up_ = false;
  // Of the thread:
  UniqueFd client_;
  std::string buffer_;
  std::stop_token stop_;
  std::jthread thread_;
};

// The most memory that this process has had since ForgetPeakMemory(), in bytes.
void ForgetPeakMemory();
std::size_t PeakMemory();

}  // namespace gateway::mail::test
