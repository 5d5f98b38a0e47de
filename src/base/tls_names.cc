#include "base/tls_names.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <utility>

#include "base/printable.h"

namespace gateway {
namespace {

constexpr std::size_t kMostNamed = 5;

// OpenSSL calls back in the thread that connects, and frees the connection before anybody can ask
// it.
thread_local std::string names_problem;

struct NamesDeleter {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

std::string TextOf(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

// Returns a printable DNS name or address. Returns an empty text for other kinds of names.
std::string HostOf(const GENERAL_NAME* name) {
  int type = 0;
  const auto* const value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  if (type == GEN_DNS) return Printable(TextOf(value));
  if (type != GEN_IPADD) return {};
  const std::string bytes = TextOf(value);
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (family == AF_INET6 && bytes.size() != sizeof(in6_addr)) return {};
  return ::inet_ntop(family, bytes.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

std::string ProblemOf(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, NamesDeleter> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return "it has no subjectAltName, and its common name is not taken (RFC 9525)";
  std::string hosts;
  std::size_t count = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const std::string host = HostOf(sk_GENERAL_NAME_value(names.get(), i));
    if (host.empty() || ++count > kMostNamed) continue;
    hosts += (hosts.empty() ? "" : ", ") + host;
  }
  if (count == 0) return "its subjectAltName names no host, and its common name is not taken (RFC 9525)";
  return "its subjectAltName is for " + hosts + (count > kMostNamed ? ", ..." : "");
}

int Look(int accepted, X509_STORE_CTX* store) {
  const int error = X509_STORE_CTX_get_error(store);
  names_problem.clear();
  if (accepted == 0 && (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH)) {
    names_problem = ProblemOf(X509_STORE_CTX_get0_cert(store));
  }
  return accepted;
}

}  // namespace

void WatchNames(ssl_ctx_st* context) {
  SSL_CTX_set_verify(context, SSL_CTX_get_verify_mode(context), &Look);
}

std::string TakeNamesProblem() {
  return std::exchange(names_problem, {});
}

}  // namespace gateway
