#include "dicom/waits.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace gateway::dicom {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

void Waits::Begin() {
  timed_out = false;
  heard_peer = false;
  tls_failure.clear();
  buffered = false;
  pdus = {};
  left_ = timeout;
  since_progress_ = 0;
}

Wakeup Waits::ForData(Milliseconds limit) {
  return buffered ? Wakeup::data : Poll(POLLIN, limit);
}

bool Waits::Ready(Direction direction, short events) {
  Turn(direction);
  const auto begun = Clock::now();
  const Wakeup wakeup = Poll(events, left_);
  if (wakeup == Wakeup::data) {
    left_ -= std::chrono::floor<Milliseconds>(Clock::now() - begun);
    return true;
  }
  timed_out = wakeup == Wakeup::timeout;
  errno = ETIMEDOUT;
  return false;
}

bool Waits::IsToEnd() const {
  pollfd polled{interrupt_fd, POLLIN, 0};
  return interrupted || ::poll(&polled, 1, 0) > 0;
}

void Waits::Moved(Direction direction, std::size_t bytes) {
  Turn(direction);
  if (direction == Direction::reading) heard_peer = true;
  since_progress_ += bytes;
  if (since_progress_ < kProgress) return;
  since_progress_ = 0;
  left_ = timeout;
}

bool Waits::Received(std::string_view bytes) {
  Moved(Direction::reading, bytes.size());
  return pdus.Take(bytes);
}

void Waits::Turn(Direction direction) {
  if (direction == direction_) return;
  direction_ = direction;
  since_progress_ = 0;
  left_ = timeout;
}

Wakeup Waits::Poll(short events, Milliseconds limit) {
  const auto until = Clock::now() + std::max(limit, Milliseconds(0));
  while (true) {
    if (interrupted && grace.count() == 0) return Wakeup::interrupted;
    const auto left = std::chrono::ceil<Milliseconds>((deadline ? std::min(until, *deadline) : until) - Clock::now());
    std::array<pollfd, 2> polled{{{socket, events, 0}, {interrupted ? -1 : interrupt_fd, POLLIN, 0}}};
    const int ready =
        ::poll(polled.data(), polled.size(), static_cast<int>(std::clamp<long>(left.count(), 0, 1 << 30)));
    if (ready > 0 && polled[1].revents != 0) {
      interrupted = true;
      deadline = std::min(deadline.value_or(Clock::time_point::max()), Clock::now() + grace);
    } else if (ready == 0) {
      return Wakeup::timeout;
    } else if (ready > 0 || errno != EINTR) {
      // If poll() failed, the read or write that follows reports what is wrong.
      return Wakeup::data;
    }
  }
}

}  // namespace gateway::dicom
