#include "mail/transcript.h"

#include <charconv>

namespace gateway::mail {

std::string ReplyForPeople(std::string_view line) {
  constexpr std::size_t kLongest = 300;
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  std::string text(line.substr(0, kLongest));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

void Transcript::Attach(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &OnReply);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, &OnTraffic);
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, this);
  curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);  // else there are no calls of the debug function
}

void Transcript::Detach(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_VERBOSE, 0L);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, nullptr);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, nullptr);
  curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, nullptr);
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, nullptr);
}

// The announced size limit stays: a reused connection does not say it again.
void Transcript::Clear() {
  last_reply_.clear();
  mail_begun_ = false;
  leaving_ = false;
}

std::size_t Transcript::OnReply(char* line, std::size_t size, std::size_t count, void* self) noexcept {
  try {
    static_cast<Transcript*>(self)->Reply({line, size * count});
    return size * count;
  } catch (...) {
    return 0;
  }
}

int Transcript::OnTraffic(CURL*, curl_infotype type, char* bytes, std::size_t size, void* self) noexcept {
  if (type == CURLINFO_HEADER_OUT) static_cast<Transcript*>(self)->Command({bytes, size});
  return 0;
}

void Transcript::Reply(std::string_view line) {
  // After a failure libcurl says QUIT or LOGOUT, and the answer would hide what went wrong.
  if (leaving_) return;
  last_reply_ = ReplyForPeople(line);
  if (last_reply_.starts_with("250-SIZE") || last_reply_.starts_with("250 SIZE")) {
    size_limit_ = 0;
    const std::string_view number = std::string_view(last_reply_).substr(8);
    const std::size_t digits = number.find_first_not_of(' ');
    if (digits != std::string_view::npos) {
      std::from_chars(number.data() + digits, number.data() + number.size(), size_limit_);
    }
  }
}

void Transcript::Command(std::string_view line) {
  if (line.starts_with("EHLO")) size_limit_ = 0;
  if (line.starts_with("MAIL FROM:")) mail_begun_ = true;
  if (line.starts_with("QUIT") || line.find(" LOGOUT") != std::string_view::npos) leaving_ = true;
}

}  // namespace gateway::mail
