#include "mail/smtp_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "mail/connection_settings.h"
#include "mail/transcript.h"

namespace gateway::mail {
namespace {

// RFC 5321 section 4.5.3.2.6: whoever gives up earlier on the reply to the message sends it twice.
constexpr Seconds kFinalReplyTimeout{600};

constexpr long kUploadBuffer = 128 * 1024;

// An address is put between angle brackets in a command: nothing in it may end the bracket or the line.
bool IsSafeAddress(std::string_view address) {
  return address.size() <= 320 && std::ranges::none_of(address, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '<' || c == '>';
         });
}

}  // namespace

class SmtpClient::Impl {
 public:
  explicit Impl(const SmtpSettings& settings) : settings_(settings) {}
  ~Impl();

  Result<std::string> Send(const Envelope& envelope, Source& message, std::uint64_t size);

 private:
  // One message on its way, as libcurl's callback sees it.
  struct Upload {
    Source& source;
    std::uint64_t size;
    std::uint64_t sent = 0;
    bool begun = false;
    std::optional<Error> error;
    Impl& client;
  };

  Result<void> Prepare(const Envelope& envelope, Upload& upload, CurlList& recipients);
  Result<std::string> Judge(CURLcode code, const Upload& upload) const;
  [[nodiscard]] Error JudgeReply(long status) const;
  [[nodiscard]] bool DroppedBeforeMessage(CURLcode code, const Upload& upload) const;
  static std::size_t OnRead(char* buffer, std::size_t size, std::size_t count, void* upload) noexcept;
  std::size_t Read(std::span<char> buffer, Upload& upload);

  [[nodiscard]] long Status() const {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  const ConnectionSettings settings_;
  Transcript transcript_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  CurlHandle handle_ = NewCurlHandle();  // last: its clean-up still talks to the two above
};

SmtpClient::Impl::~Impl() {
  // libcurl says QUIT and waits for the answer, which a dead server would let us do for a whole timeout. With the
  // receiving side shut the QUIT still leaves, and nobody waits.
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(handle_.get(), CURLINFO_ACTIVESOCKET, &socket);
  if (socket != CURL_SOCKET_BAD) ::shutdown(socket, SHUT_RD);
}

std::size_t SmtpClient::Impl::OnRead(char* buffer, std::size_t size, std::size_t count, void* upload) noexcept {
  auto& self = *static_cast<Upload*>(upload);
  try {
    return self.client.Read({buffer, size * count}, self);
  } catch (const std::exception& failure) {
    self.error = Transient("smtp-connection-lost", failure.what());
  } catch (...) {
    self.error = Transient("smtp-connection-lost", "unknown exception");
  }
  return CURL_READFUNC_ABORT;
}

std::size_t SmtpClient::Impl::Read(std::span<char> buffer, Upload& upload) {
  if (!upload.begun && transcript_.size_limit() != 0 && upload.size > transcript_.size_limit()) {
    upload.error = Permanent("smtp-too-large", "the server takes up to " + std::to_string(transcript_.size_limit()) +
                                                   " bytes, the message has " + std::to_string(upload.size));
    return CURL_READFUNC_ABORT;
  }
  upload.begun = true;
  const auto count = upload.source.Read(buffer);
  if (!count) {
    upload.error = count.error();
    return CURL_READFUNC_ABORT;
  }
  upload.sent += *count;
  // A message cut short must not arrive as if it were whole: without the final dot the server forgets it.
  if (upload.sent > upload.size || (*count == 0 && upload.sent != upload.size)) {
    upload.error = Permanent("smtp-size-mismatch",
                             "the message has not the " + std::to_string(upload.size) + " bytes that were announced");
    return CURL_READFUNC_ABORT;
  }
  if (*count == 0) {
    const auto seconds = static_cast<long>(std::max(settings_.timeout, kFinalReplyTimeout).count());
    curl_easy_setopt(handle_.get(), CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds);
    curl_easy_setopt(handle_.get(), CURLOPT_LOW_SPEED_TIME, seconds);
  }
  return *count;
}

Result<void> SmtpClient::Impl::Prepare(const Envelope& envelope, Upload& upload, CurlList& recipients) {
  CURL* handle = handle_.get();
  GATEWAY_TRY(Apply(settings_, handle));
  transcript_.Attach(handle);
  recipients.reset(curl_slist_append(nullptr, envelope.to.c_str()));
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error_text_.data());
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, envelope.from.empty() ? nullptr : envelope.from.c_str());
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer);
  curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(upload.size));
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, &OnRead);
  curl_easy_setopt(handle, CURLOPT_READDATA, &upload);
  return {};
}

Result<std::string> SmtpClient::Impl::Send(const Envelope& envelope, Source& message, std::uint64_t size) {
  if (!IsSafeAddress(envelope.from) || !IsSafeAddress(envelope.to) || envelope.to.empty()) {
    return Permanent("smtp-refused", "not an address that can stand in an envelope");
  }
  Upload upload{.source = message, .size = size, .error = {}, .client = *this};
  CurlList recipients;
  GATEWAY_TRY(Prepare(envelope, upload, recipients));
  CURLcode code = CURLE_OK;
  for (const bool fresh : {false, true}) {
    transcript_.Clear();
    error_text_[0] = '\0';
    curl_easy_setopt(handle_.get(), CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    code = curl_easy_perform(handle_.get());
    if (!DroppedBeforeMessage(code, upload)) break;
  }
  auto result = Judge(code, upload);
  // They point into this call.
  curl_easy_setopt(handle_.get(), CURLOPT_MAIL_RCPT, nullptr);
  curl_easy_setopt(handle_.get(), CURLOPT_READDATA, nullptr);
  return result;
}

// A connection that the server ended while it was idle is no reason to bother the caller, as long as the source has not
// been read: it cannot be read twice.
bool SmtpClient::Impl::DroppedBeforeMessage(CURLcode code, const Upload& upload) const {
  if (code == CURLE_OK || upload.begun) return false;
  long new_connections = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_NUM_CONNECTS, &new_connections);
  if (new_connections != 0) return false;
  const long status = Status();
  return status == 421 || ((code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR) && status < 400);
}

Result<std::string> SmtpClient::Impl::Judge(CURLcode code, const Upload& upload) const {
  if (upload.error) return *upload.error;
  if (code == CURLE_OK) return transcript_.last_reply();
  const long status = Status();
  const bool answered =
      code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_REMOTE_ACCESS_DENIED;
  if (answered && status >= 400) return JudgeReply(status);
  const std::string words = error_text_[0] != '\0' ? error_text_.data() : curl_easy_strerror(code);
  const bool login = code == CURLE_LOGIN_DENIED;
  return ConnectionError("smtp", code, login && status >= 400 ? transcript_.last_reply() : ReplyForPeople(words));
}

Error SmtpClient::Impl::JudgeReply(long status) const {
  const std::string& reply = transcript_.last_reply();
  // Before MAIL the server speaks of us, not of the message; 421 ends the service whenever it comes.
  if (status == 421 || !transcript_.mail_begun()) return Transient("smtp-unreachable", reply);
  if (status == 530 || status == 535) return Transient("smtp-login-failed", reply);
  if (status == 552) return Permanent("smtp-too-large", reply);
  if (status >= 500) return Permanent("smtp-refused", reply);
  return Transient("smtp-deferred", reply);
}

SmtpClient::SmtpClient(SmtpSettings settings) : impl_(std::make_unique<Impl>(settings)) {}
SmtpClient::~SmtpClient() = default;
SmtpClient::SmtpClient(SmtpClient&&) noexcept = default;

Result<std::string> SmtpClient::Send(const Envelope& envelope, Source& message, std::uint64_t size) {
  return impl_->Send(envelope, message, size);
}

bool ConcernsWholeServer(const Error& error) {
  constexpr std::array<std::string_view, 5> kCodes = {"smtp-unreachable", "smtp-timeout", "smtp-connection-lost",
                                                      "smtp-tls-failed", "smtp-login-failed"};
  return std::ranges::find(kCodes, error.code) != kCodes.end();
}

}  // namespace gateway::mail
