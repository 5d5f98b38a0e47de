// The owner of a libcurl handle. Private to src/mail.
#pragma once

#include <curl/curl.h>

#include <memory>

namespace gateway::mail {

struct CurlHandleDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CurlHandleDeleter>;

// Initialises libcurl at its first use. Throws std::bad_alloc.
CurlHandle NewCurlHandle();

}  // namespace gateway::mail
