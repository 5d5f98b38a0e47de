#include "lying_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <fstream>

#include "gateway/time.h"

namespace gateway::mail::test {
namespace {

constexpr std::size_t kEnough = 200'000'000;  // bytes of what has no end
constexpr int kDrops = 1200;                  // in a minute

}  // namespace

bool SendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Lie Once(std::string text) {
  return [text = std::move(text)](int socket, const std::stop_token&) { return SendAll(socket, text); };
}

Lie Endless(const std::string& piece, const std::string& start) {
  std::string many;
  while (many.size() < 100'000) many += piece;
  return [start, many](int socket, const std::stop_token&) {
    bool taken = SendAll(socket, start);
    for (std::size_t sent = 0; taken && sent < kEnough; sent += many.size()) taken = SendAll(socket, many);
    return taken;
  };
}

Lie Dripping(const std::string& piece, const std::string& start) {
  return [piece, start](int socket, const std::stop_token& stop) {
    bool taken = SendAll(socket, start);
    for (int drop = 0; taken && drop < kDrops && !stop.stop_requested(); ++drop) {
      taken = SendAll(socket, piece);
      std::this_thread::sleep_for(Milliseconds(50));
    }
    return taken;
  };
}

Lie Deaf(const std::string& reply) {
  return [reply](int socket, const std::stop_token& stop) {
    SendAll(socket, reply);
    while (!stop.stop_requested()) std::this_thread::sleep_for(Milliseconds(10));
    return true;
  };
}

LyingServer::LyingServer(const std::string& scheme, Dialogue dialogue, std::string where, Lie lie)
    : dialogue_(std::move(dialogue)), where_(std::move(where)), lie_(std::move(lie)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener_.get(), 8), 0);
  EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  url_ = scheme + "://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  thread_ = std::jthread([this](const std::stop_token& stop) { Serve(stop); });
}

LyingServer::~LyingServer() {
  thread_.request_stop();
  ::shutdown(listener_.get(), SHUT_RDWR);
}

void LyingServer::Serve(const std::stop_token& stop) {
  stop_ = stop;
  for (;;) {
    client_.Reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client_) return;
    buffer_.clear();
    dialogue_(*this);
    client_.Reset();
  }
}

bool LyingServer::client_hung_up() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
  return hung_up_;
}

bool LyingServer::Answer(std::string_view line, std::string_view reply) {
  if (where_.empty() ? !line.empty() : !line.starts_with(where_)) return SendAll(client_.get(), reply);
  lied_ = true;
  if (!lie_(client_.get(), stop_)) hung_up_ = true;
  return false;
}

std::string LyingServer::Line() {
  std::array<char, 65'536> bytes{};
  std::size_t end = buffer_.find('\n');
  for (; end == std::string::npos; end = buffer_.find('\n')) {
    const ssize_t count = ::recv(client_.get(), bytes.data(), bytes.size(), 0);
    if (count <= 0) return {};
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  }
  std::string line = buffer_.substr(0, end + 1);
  buffer_.erase(0, end + 1);
  return line;
}

void ForgetPeakMemory() {
  std::ofstream("/proc/self/clear_refs") << 5;
}

std::size_t PeakMemory() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  std::size_t kilobytes = 0;
  status >> kilobytes;
  return kilobytes * 1024;
}

}  // namespace gateway::mail::test
