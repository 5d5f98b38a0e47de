#include "base/authority_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/error_codes.h"
#include "base/files.h"

namespace gateway {
namespace {

constexpr std::uint64_t kLargest = 16 << 20;  // the CAs of a whole system have a quarter of a megabyte

struct InfosDeleter {
  void operator()(STACK_OF(X509_INFO) * infos) const { sk_X509_INFO_pop_free(infos, X509_INFO_free); }
};
using Infos = std::unique_ptr<STACK_OF(X509_INFO), InfosDeleter>;

Error Unusable(const std::filesystem::path& path, const std::string& why) {
  return ConfigError(codes::kTlsCaUnusable, path.string() + " " + why);
}

Error NoCertificate(const std::filesystem::path& path) {
  return Unusable(path, "holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
}

bool IsValidToday(const X509* certificate) {
  return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 &&
         X509_cmp_current_time(X509_get0_notAfter(certificate)) > 0;
}

}  // namespace

Result<AuthorityFile> ReadAuthorityFile(const std::filesystem::path& path) {
  GATEWAY_ASSIGN(const std::string text, ReadSmallFile(path, kLargest));
  if (text.find(" CERTIFICATE-----") == std::string::npos) return NoCertificate(path);
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                        &BIO_free);
  ERR_clear_error();
  const Infos infos(bytes ? PEM_X509_INFO_read_bio(bytes.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!infos) {
    const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
    std::string why = "holds a certificate that cannot be read";
    if (reason != nullptr) why.append(": ").append(reason);
    ERR_clear_error();
    return Unusable(path, why);
  }
  AuthorityFile file;
  for (int i = 0; i < sk_X509_INFO_num(infos.get()); ++i) {
    X509* const certificate = sk_X509_INFO_value(infos.get(), i)->x509;
    if (certificate == nullptr) continue;  // a revocation list, or a key
    ++file.certificates;
    if (IsValidToday(certificate)) ++file.valid_today;
    if (X509_check_ca(certificate) != 0) ++file.authorities;
  }
  ERR_clear_error();
  if (file.certificates == 0) return NoCertificate(path);
  return file;
}

}  // namespace gateway
