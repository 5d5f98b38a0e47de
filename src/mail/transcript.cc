#include "mail/transcript.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace gateway::mail {
namespace {

constexpr std::size_t kMostOffers = 100;

std::string_view WithoutLineEnd(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::string ReplyForPeople(std::string_view line) {
  constexpr std::size_t kLongest = 300;
  std::string text(WithoutLineEnd(line).substr(0, kLongest));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

void Transcript::Attach(CURL* handle) {
  leaving_ = false;
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &OnReply);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, &OnTraffic);
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, this);
  // Without it, libcurl does not call the debug function.
  curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);
}

void Transcript::Detach(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_VERBOSE, 0L);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, nullptr);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, nullptr);
  curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, nullptr);
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, nullptr);
}

bool Transcript::Offers(std::string_view keyword) const {
  return std::ranges::any_of(offers_, [&](const std::string& offer) {
    return offer.starts_with(keyword) && (offer.size() == keyword.size() || offer[keyword.size()] == ' ');
  });
}

std::string Transcript::LoginOffers() const {
  std::string offers = login_offers_;
  for (const std::string& offer : offers_) {
    if (offer.starts_with("AUTH")) offers += (offers.empty() ? "" : ", ") + offer;
  }
  return offers.empty() ? "nothing" : offers;
}

bool Transcript::OffersPasswords() const {
  const std::string offers = LoginOffers();
  constexpr std::array<std::string_view, 4> kMechanisms{"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5"};
  return offers == "nothing" || std::ranges::any_of(kMechanisms, [&](std::string_view mechanism) {
           const std::size_t at = offers.find(mechanism);
           return at != std::string::npos && at > 0 && (offers[at - 1] == '=' || offers[at - 1] == ' ');
         });
}

// The line names capabilities, in an untagged response or in brackets.
void Transcript::NoteCapabilities(std::string_view line) {
  const std::size_t start = line.find("CAPABILITY ");
  if (start == std::string_view::npos || line.find("IMAP4") == std::string_view::npos) return;
  line.remove_prefix(start);
  login_offers_.clear();
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find_first_of(" ]\r\n"));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    if (!word.starts_with("AUTH=") && word != "LOGINDISABLED") continue;
    login_offers_.append(login_offers_.empty() ? "" : " ").append(word);
  }
}

std::uint64_t Transcript::SizeLimit() const {
  std::uint64_t limit = 0;
  for (const std::string& offer : offers_) {
    if (offer.starts_with("SIZE ")) std::from_chars(offer.data() + 5, offer.data() + offer.size(), limit);
  }
  return limit;
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
  // After a failure libcurl sends QUIT or LOGOUT, and the answer would hide what went wrong.
  if (leaving_) return;
  last_reply_ = WithoutLineEnd(line);
  NoteCapabilities(line);
  if (!ehlo_ || !last_reply_.starts_with("250") || last_reply_.size() < 5 || offers_.size() >= kMostOffers) return;
  std::string offer = last_reply_.substr(4);
  for (char& c : offer) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  offers_.push_back(std::move(offer));
}

void Transcript::Command(std::string_view line) {
  // What the server offered before STARTTLS does not count after it.
  ehlo_ = line.starts_with("EHLO");
  if (ehlo_) offers_.clear();
  login_tried_ = login_tried_ || line.starts_with("AUTH ") || line.find(" AUTHENTICATE ") != std::string_view::npos ||
                 line.find(" LOGIN ") != std::string_view::npos;
  if (line.starts_with("QUIT") || line.find(" LOGOUT") != std::string_view::npos) leaving_ = true;
}

}  // namespace gateway::mail
