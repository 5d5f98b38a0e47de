#include "mail/curl_stream.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "mail/transcript.h"

namespace gateway::mail {
namespace {

constexpr long kReceiveBuffer = 256 * 1024;

Error Interrupted() {
  return Transient("imap-interrupted");
}

int OnProgress(void* interruption, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  return static_cast<Interruption*>(interruption)->raised() ? 1 : 0;
}

// "A002 NO [AUTHENTICATIONFAILED] Authentication failed." without its tag.
std::string WithoutTag(const std::string& reply) {
  return reply.starts_with("* ") ? reply : reply.substr(std::min(reply.find(' '), reply.size() - 1) + 1);
}

}  // namespace

Interruption::Interruption() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Interruption::Raise() {
  raised_ = true;
  // Fails only where the counter is at its limit, and then the descriptor is readable already.
  [[maybe_unused]] const int ignored = ::eventfd_write(event_.get(), 1);
}

void Interruption::Clear() {
  eventfd_t count = 0;
  [[maybe_unused]] const int ignored = ::eventfd_read(event_.get(), &count);
  raised_ = false;
}

Result<std::unique_ptr<CurlStream>> CurlStream::Open(const ConnectionSettings& settings, Interruption* interruption) {
  std::unique_ptr<CurlStream> stream(new CurlStream(settings.protocol, settings.timeout, interruption));
  CURL* handle = stream->handle_.get();
  Transcript transcript;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  GATEWAY_TRY(Apply(settings, handle));
  transcript.Attach(handle);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error_text.data());
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
  if (interruption != nullptr) {
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &OnProgress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, interruption);
  }
  const CURLcode code = curl_easy_perform(handle);
  Transcript::Detach(handle);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(handle, CURLOPT_PASSWORD, nullptr);
  if (code == CURLE_ABORTED_BY_CALLBACK) return Interrupted();
  if (code == CURLE_LOGIN_DENIED && !transcript.last_reply().empty()) {
    return ConnectionError(settings.protocol, code, WithoutTag(transcript.last_reply()));
  }
  if (code != CURLE_OK) {
    return ConnectionError(settings.protocol, code,
                           ReplyForPeople(error_text[0] != '\0' ? error_text.data() : curl_easy_strerror(code)));
  }
  curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &stream->socket_);
  return stream;
}

Result<void> CurlStream::Wait(short events, std::chrono::steady_clock::time_point deadline) const {
  std::array<pollfd, 2> descriptors = {pollfd{socket_, events, 0},
                                       pollfd{interruption_ != nullptr ? interruption_->fd() : -1, POLLIN, 0}};
  for (;;) {
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Transient(protocol_ + "-timeout", "the server is silent");
    const int ready =
        ::poll(descriptors.data(), descriptors.size(), static_cast<int>(std::min<long>(left.count(), 60'000)));
    if (ready < 0 && errno != EINTR) return Transient(protocol_ + "-connection-lost", "poll");
    if (ready <= 0) continue;
    if (descriptors[1].revents != 0) return Interrupted();
    return {};
  }
}

Result<void> CurlStream::Write(std::string_view bytes) {
  const auto deadline = std::chrono::steady_clock::now() + timeout_;
  while (!bytes.empty()) {
    std::size_t count = 0;
    const CURLcode code = curl_easy_send(handle_.get(), bytes.data(), bytes.size(), &count);
    if (code == CURLE_AGAIN) {
      GATEWAY_TRY(Wait(POLLOUT, deadline));
      continue;
    }
    if (code != CURLE_OK) return Transient(protocol_ + "-connection-lost", curl_easy_strerror(code));
    bytes.remove_prefix(count);
  }
  return {};
}

Result<std::size_t> CurlStream::Read(std::span<char> buffer, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    // Before any wait: TLS may hold bytes that the socket will never announce again.
    std::size_t count = 0;
    const CURLcode code = curl_easy_recv(handle_.get(), buffer.data(), buffer.size(), &count);
    if (code == CURLE_OK && count > 0) return count;
    if (code == CURLE_OK) return Transient(protocol_ + "-connection-lost", "the server closed the connection");
    if (code != CURLE_AGAIN) return Transient(protocol_ + "-connection-lost", curl_easy_strerror(code));
    GATEWAY_TRY(Wait(POLLIN, deadline));
  }
}

}  // namespace gateway::mail
