// Says how a connection waits for its peer. The waits always end: by themselves, whatever the peer
// does or does not do, and when the gateway stops.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dicom/pdu_watch.h"
#include "gateway/time.h"

namespace gateway::dicom {

enum class Wakeup { data, timeout, interrupted };  // data includes that the peer closes
enum class Direction { reading, writing };

// The time-out in seconds that DCMTK's functions are given: longer than any wait of Waits, which
// ends them. DCMTK subtracts whole seconds from its time-out while a PDU comes. Nothing would be
// left a moment before Waits ends, and the peer's silence would count as a protocol error.
inline constexpr int kLongerThanAnyWait = 10 * 365 * 86'400;

// Outlives the connection, which DCMTK deletes when it likes. One thread uses it.
//
// The peer's time is a budget. It has `timeout` of waiting for every kProgress bytes. The budget
// begins anew when reading turns to writing or back. So the gateway waits for a slow line, but not
// for a peer that sends one byte now and then.
class Waits {
 public:
  static constexpr std::size_t kProgress = 16'384;

  // -- how to wait
  Milliseconds timeout{30'000};
  std::optional<std::chrono::steady_clock::time_point> deadline;  // for all waits together
  // It becomes readable when waits are to end, either at once or after `grace`.
  int interrupt_fd = -1;
  // Operations that have begun may still take this time after interrupt_fd became readable.
  Milliseconds grace{0};

  // -- what happened
  bool timed_out = false;    // a read or write used up the budget or the deadline
  bool interrupted = false;  // interrupt_fd was seen to be readable
  bool heard_peer = false;   // at least one byte came
  std::string tls_failure;   // why TLS failed, for people; empty: it did not fail
  int socket = -1;           // -1 when closed
  PduWatch pdus;             // watches the bytes that come
  bool buffered = false;     // TLS holds bytes that the socket no longer has

  void SetDeadline(Milliseconds from_now) { deadline = std::chrono::steady_clock::now() + from_now; }
  // Must be called for a new connection. It forgets what happened before.
  void Begin();
  // Waits for the peer's next byte, for `limit`, for the deadline, or for interrupt_fd.
  Wakeup ForData(Milliseconds limit);
  // Waits for poll()'s `events` on the socket. Returns false with errno set if the peer has used up
  // its time, or if interrupt_fd became readable.
  bool Ready(Direction direction, short events);
  // Returns whether interrupt_fd became readable, for callers that wait for something else.
  [[nodiscard]] bool IsToEnd() const;
  void Moved(Direction direction, std::size_t bytes);
  // Does the same as Moved(), and watches the bytes. Returns false if the peer sends more than may
  // be gathered in memory; pdus.trouble() then says what.
  bool Received(std::string_view bytes);

 private:
  void Turn(Direction direction);
  Wakeup Poll(short events, Milliseconds limit);

  Milliseconds left_{30'000};
  std::size_t since_progress_ = 0;
  Direction direction_ = Direction::reading;
};

}  // namespace gateway::dicom
