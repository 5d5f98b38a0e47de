#include "mail/curl_stream.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "mail/error_codes.h"
#include "policy/worker.h"

namespace gateway::mail {
namespace {

constexpr long kReceiveBuffer = 262'144;

// A healthy server needs at most this time to answer what is under way when the gateway stops. If
// the answer to a message does not come, the next start sends it again, and its receiver recognizes
// it.
constexpr std::chrono::seconds kToEnd{10};
constexpr long kLookMilliseconds = 500;  // between two looks whether the gateway stops

// OpenSSL reports progress only for whole calls. Small calls let a slow line show that it moves.
constexpr std::size_t kWriteSize = 16'384;

Error Interrupted() {
  return Transient(codes::kInterrupted);
}

// While a connection is being opened, nothing is under way that had to be finished. So the gateway
// may stop at any time.
int OnProgress(void* interruption, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  const bool raised = interruption != nullptr && static_cast<Interruption*>(interruption)->raised();
  return raised || WorkerIsToStop() ? 1 : 0;
}

// Returns "A002 NO [AUTHENTICATIONFAILED] Authentication failed." without its tag.
std::string WithoutTag(const std::string& reply) {
  return reply.starts_with("* ") ? reply : reply.substr(reply.find(' ') + 1);
}

// Gives the server's words if the server refused, and libcurl's words otherwise.
Error OpenError(const ConnectionSettings& settings, CURLcode code, const Transcript& transcript,
                const char* error_text) {
  if (code == CURLE_LOGIN_DENIED && !transcript.login_tried()) {
    return ConnectionError(settings.errors, code,
                           "the server takes no password; it offers " + ReplyForPeople(transcript.LoginOffers()));
  }
  const bool answered =
      code == CURLE_LOGIN_DENIED || code == CURLE_REMOTE_ACCESS_DENIED || code == CURLE_WEIRD_SERVER_REPLY;
  const std::string& reply = transcript.last_reply();
  if (answered && !reply.empty()) {
    std::string words = ReplyForPeople(settings.protocol == "imap" ? WithoutTag(reply) : reply);
    if (code == CURLE_LOGIN_DENIED && !transcript.OffersPasswords()) {
      words += "; it offers " + ReplyForPeople(transcript.LoginOffers());
    }
    return ConnectionError(settings.errors, code, std::move(words));
  }
  return ConnectionError(settings.errors, code,
                         ReplyForPeople(*error_text != '\0' ? error_text : curl_easy_strerror(code)));
}

}  // namespace

Interruption::Interruption() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Interruption::Raise() {
  raised_ = true;
  // The write fails only if the counter is at its limit, and then the descriptor is readable
  // already.
  [[maybe_unused]] const int ignored = ::eventfd_write(event_.get(), 1);
}

void Interruption::Clear() {
  eventfd_t count = 0;
  [[maybe_unused]] const int ignored = ::eventfd_read(event_.get(), &count);
  raised_ = false;
}

Result<std::unique_ptr<CurlStream>> CurlStream::Open(const ConnectionSettings& settings, Transcript& transcript,
                                                     Interruption* interruption) {
  std::unique_ptr<CurlStream> stream(new CurlStream(settings.errors, settings.timeout, interruption));
  CURL* handle = stream->handle_.get();
  std::array<char, CURL_ERROR_SIZE> error_text{};
  GATEWAY_TRY(Apply(settings, handle));
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error_text.data());
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
  // A call that gives up waits for no name server.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, interruption);
  transcript.Attach(handle);
  const CURLcode code = curl_easy_perform(handle);
  Transcript::Detach(handle);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(handle, CURLOPT_PASSWORD, nullptr);
  if (code == CURLE_ABORTED_BY_CALLBACK) return Interrupted();
  if (code != CURLE_OK) return OpenError(settings, code, transcript, error_text.data());
  curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &stream->socket_);
  return stream;
}

Error CurlStream::Lost(std::string detail) const {
  return Transient(errors_.connection_lost, std::move(detail));
}

bool CurlStream::IsToEnd() {
  if (!WorkerIsToStop()) return false;
  const Deadline now = std::chrono::steady_clock::now();
  if (!end_by_) end_by_ = now + kToEnd;
  return now >= *end_by_;
}

Result<void> CurlStream::Wait(short events, Deadline deadline) {
  std::array<pollfd, 2> descriptors = {pollfd{socket_, events, 0},
                                       pollfd{interruption_ != nullptr ? interruption_->fd() : -1, POLLIN, 0}};
  for (;;) {
    if (IsToEnd()) return Interrupted();
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Transient(errors_.timeout, "the server is silent, or too slow");
    const int ready = ::poll(descriptors.data(), descriptors.size(),
                             static_cast<int>(std::min<long>(left.count(), kLookMilliseconds)));
    if (ready < 0 && errno != EINTR) return Lost("poll");
    if (ready <= 0) continue;
    if (descriptors[1].revents != 0) return Interrupted();
    return {};
  }
}

Result<void> CurlStream::Write(std::string_view bytes) {
  Deadline deadline = Soon();
  while (!bytes.empty()) {
    std::size_t count = 0;
    // After CURLE_AGAIN OpenSSL insists on the same bytes again, and it gets them.
    const CURLcode code = curl_easy_send(handle_.get(), bytes.data(), std::min(bytes.size(), kWriteSize), &count);
    if (code == CURLE_AGAIN) {
      GATEWAY_TRY(Wait(POLLOUT, deadline));
      continue;
    }
    if (code != CURLE_OK) return Lost(curl_easy_strerror(code));
    bytes.remove_prefix(count);
    deadline = Soon();
  }
  return {};
}

Result<std::size_t> CurlStream::Read(std::span<char> buffer, Deadline deadline) {
  for (;;) {
    // If a server never stops talking, the call never comes to the wait below, so look here.
    if (interruption_ != nullptr && interruption_->raised()) return Interrupted();
    // Read before any wait, because TLS may hold bytes that the socket will never announce again.
    std::size_t count = 0;
    const CURLcode code = curl_easy_recv(handle_.get(), buffer.data(), buffer.size(), &count);
    if (code == CURLE_OK && count > 0) return count;
    if (code == CURLE_OK) return Lost("the server closed the connection");
    if (code != CURLE_AGAIN) return Lost(curl_easy_strerror(code));
    GATEWAY_TRY(Wait(POLLIN, deadline));
  }
}

}  // namespace gateway::mail
