// Makes certificates in memory, for tests of what reads their files.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace gateway {

struct CertificateWords {
  bool is_authority = true;
  int from_days = -1;  // from now
  int to_days = 30;
};

// A certificate in PEM that signs itself.
inline std::string MakeCertificate(const CertificateWords& words = {}) {
  constexpr long kDay = 24 * 3600;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), words.from_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), words.to_days * kDay);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> constraints(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints,
                          words.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE"),
      &X509_EXTENSION_free);
  X509_add_ext(certificate.get(), constraints.get(), -1);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const std::unique_ptr<BIO, decltype(&BIO_free)> bytes(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(bytes.get(), certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bytes.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace gateway
