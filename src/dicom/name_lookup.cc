#include "dicom/name_lookup.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "base/sanitizers.h"
#include "dicom/address_list.h"
#include "dicom/callers.h"
#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr std::chrono::milliseconds kFirstLook{1};
constexpr std::chrono::milliseconds kLook{50};

// The resolver's own thread writes to this until it is done with it.
struct Request {
  explicit Request(std::string name, std::string port = {}) : host(std::move(name)), service(std::move(port)) {
    hints.ai_socktype = SOCK_STREAM;
    control.ar_name = host.c_str();
    if (!service.empty()) control.ar_service = service.c_str();
    control.ar_request = &hints;
  }
  std::string host;
  std::string service;
  addrinfo hints{};
  gaicb control{};
};

// Keeps requests that the resolver does not give back. Nothing frees them, not even the end of the
// process, because the resolver's thread may still write to them then.
void Abandon(std::unique_ptr<Request> request) {
  static std::mutex mutex;
  static auto* const abandoned = new std::vector<std::unique_ptr<Request>>;
  const std::lock_guard lock(mutex);
  abandoned->push_back(std::move(request));
}

// Asks the system's resolver one question. getaddrinfo() itself asks each server several times for
// some seconds, and nothing can interrupt it. So a thread of the C library waits there instead of
// ours.
class Question {
 public:
  explicit Question(std::string host, std::string port = {})
      : request_(std::make_unique<Request>(std::move(host), std::move(port))) {
    // ThreadSanitizer does not know the C library's own threads, and crashes in them.
    if constexpr (kThreadSanitized) {
      state_ = ::getaddrinfo(request_->host.c_str(), request_->control.ar_service, &request_->hints,
                             &request_->control.ar_result);
    } else {
      std::array<gaicb*, 1> list{&request_->control};
      if (const int failure = ::getaddrinfo_a(GAI_NOWAIT, list.data(), 1, nullptr)) state_ = failure;
    }
  }
  Question(Question&&) = default;
  // The question that this object asked is given up with `other`.
  Question& operator=(Question&& other) noexcept {
    std::swap(request_, other.request_);
    std::swap(state_, other.state_);
    return *this;
  }
  ~Question() {
    if (!request_) return;
    if (!IsAnswered() && ::gai_cancel(&request_->control) == EAI_NOTCANCELED) {
      Abandon(std::move(request_));
    } else {
      const AddressList freed(request_->control.ar_result);
    }
  }

  [[nodiscard]] const std::string& host() const { return request_->host; }

  bool IsAnswered() {
    if (state_ == EAI_INPROGRESS) state_ = ::gai_error(&request_->control);
    return state_ != EAI_INPROGRESS;
  }
  // Must be called once, for a question that is answered.
  Result<AddressList> Take() {
    if (state_ != 0) return Transient(codes::kHostUnknown, host() + ": " + ::gai_strerror(state_));
    return AddressList(std::exchange(request_->control.ar_result, nullptr));
  }

 private:
  std::unique_ptr<Request> request_;
  int state_ = EAI_INPROGRESS;
};

// Waits for the resolver a little longer each time. gai_suspend() would wake at once, but it
// crashes the program. If it runs out of time while an answer comes, the C library's own thread
// still writes to the stack of the thread that waited.
class Patience {
 public:
  void Wait() {
    std::this_thread::sleep_for(look_);
    look_ = std::min(2 * look_, kLook);
  }

 private:
  std::chrono::milliseconds look_ = kFirstLook;
};

Result<Addresses> AddressesOf(const Result<AddressList>& list) {
  if (!list) return list.error();
  std::set<std::string> addresses;
  for (const addrinfo* entry = list->get(); entry != nullptr; entry = entry->ai_next) {
    addresses.insert(AddressText(*entry->ai_addr));
  }
  return Addresses{addresses.begin(), addresses.end()};
}

}  // namespace

Result<AddressList> LookUpToConnect(const std::string& host, std::uint16_t port, const std::function<bool()>& go_on) {
  Question asked(host, std::to_string(port));
  Patience patience;
  while (!asked.IsAnswered()) {
    if (!go_on()) return Transient(codes::kHostUnknown, host + ": the name server does not answer");
    patience.Wait();
  }
  return asked.Take();
}

void LookUpByResolver(const std::vector<std::string>& hosts, const Found& found, const std::stop_token& stop) {
  std::vector<Question> open;
  for (const std::string& host : hosts) open.emplace_back(host);
  Patience patience;
  while (!stop.stop_requested()) {
    std::erase_if(open, [&](Question& question) {
      if (!question.IsAnswered()) return false;
      found(question.host(), AddressesOf(question.Take()));
      return true;
    });
    if (open.empty()) return;
    patience.Wait();
  }
}

}  // namespace gateway::dicom
