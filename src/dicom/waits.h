// How a connection waits for its peer, and waits that end: by themselves, whatever the peer does or does not do, and
// when the gateway stops.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dicom/pdu_watch.h"
#include "gateway/time.h"

namespace gateway::dicom {

enum class Wakeup { data, timeout, interrupted };  // data includes the peer's closing
enum class Direction { reading, writing };

// Outlives the connection, which DCMTK deletes when it likes. One thread.
//
// The peer's patience is a budget: it has `timeout` of waiting for every kProgress bytes, and begins anew when reading
// turns to writing or back. So a slow line is waited for, and a peer that sends one byte now and then is not.
class Waits {
 public:
  static constexpr std::size_t kProgress = 16'384;

  // -- how to wait
  Milliseconds timeout{30'000};
  std::optional<std::chrono::steady_clock::time_point> deadline;  // of all waits together
  int interrupt_fd = -1;  // becomes readable when waits are to end: at once, or ...
  Milliseconds grace{0};  // ... after so long, for what has been begun

  // -- what happened
  bool timed_out = false;    // a read or write ran out of the budget or the deadline
  bool interrupted = false;  // interrupt_fd was seen to be readable
  bool heard_peer = false;   // at least one byte came
  std::string tls_failure;   // why TLS failed, for people; empty: it did not
  int socket = -1;           // -1 when closed
  PduWatch pdus;             // what came
  bool buffered = false;     // TLS holds bytes that the socket no longer has

  void SetDeadline(Milliseconds from_now) { deadline = std::chrono::steady_clock::now() + from_now; }
  // For a new connection: nothing has happened yet.
  void Begin();
  // Until the peer's next byte, `limit`, the deadline, or interrupt_fd.
  Wakeup ForData(Milliseconds limit);
  // Until poll()'s `events` on the socket. False, with errno set: the peer has used up its time, or interrupt_fd came.
  bool Ready(Direction direction, short events);
  // Whether interrupt_fd came, to be asked where something else is waited for.
  [[nodiscard]] bool IsToEnd() const;
  void Moved(Direction direction, std::size_t bytes);
  // Moved(), and looked at. False: the peer sends more than may be gathered in memory, and pdus.trouble() says what.
  bool Received(std::string_view bytes);

 private:
  void Turn(Direction direction);
  Wakeup Poll(short events, Milliseconds limit);

  Milliseconds left_{30'000};
  std::size_t since_progress_ = 0;
  Direction direction_ = Direction::reading;
};

}  // namespace gateway::dicom
