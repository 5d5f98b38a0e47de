#include "base/tls_policy.h"

#include <openssl/ssl.h>

namespace gateway {
namespace {

struct Lists {
  const char* suites;      // the suites of TLS 1.2
  const char* suites_1_3;  // null: OpenSSL's own, which all have AEAD and forward secrecy
  const char* groups;
  const char* signatures;  // null: OpenSSL's own, as far as the security level allows
  int security_level;      // SSL_CTX_set_security_level(3): 2 has 112 bits, 3 has 128
};

constexpr Lists kModern{
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305",
    nullptr, "X25519:P-256:X448:P-384:P-521:ffdhe2048:ffdhe3072:ffdhe4096", nullptr, 2};

// BSI TR-02102-2, sections 3.3 and 3.4: the suites of 3.3.1.1 that have AEAD, and the groups and
// signatures of 3.6. It demands RSA and DH keys of 3000 bits at least; security level 3
// ensures that, since it demands 3072.
constexpr Lists kBsi{
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES256-CCM:DHE-RSA-AES128-GCM-SHA256:"
    "DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-CCM:DHE-RSA-AES256-CCM",
    "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256",
    "P-256:P-384:P-521:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:ffdhe3072:ffdhe4096",
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512",
    3};

// These are the suites of `modern`, followed by those with CBC and at last by RSA key exchange. TLS
// 1.1, RC4 and 3DES are never allowed.
constexpr Lists kLegacy{
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"
    "DHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA256:DHE-RSA-AES128-SHA:DHE-RSA-AES256-SHA:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA",
    nullptr, kModern.groups, nullptr, 2};

const Lists& ListsOf(TlsPolicy policy) {
  switch (policy) {
    case TlsPolicy::bsi:
      return kBsi;
    case TlsPolicy::legacy:
      return kLegacy;
    case TlsPolicy::modern:
      break;
  }
  return kModern;
}

}  // namespace

bool ApplyTlsPolicy(SSL_CTX* context, TlsPolicy policy) {
  const Lists& lists = ListsOf(policy);
  SSL_CTX_set_security_level(context, lists.security_level);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, lists.suites) == 1 &&
         (lists.suites_1_3 == nullptr || SSL_CTX_set_ciphersuites(context, lists.suites_1_3) == 1) &&
         SSL_CTX_set1_groups_list(context, lists.groups) == 1 &&
         (lists.signatures == nullptr || SSL_CTX_set1_sigalgs_list(context, lists.signatures) == 1) &&
         SSL_CTX_set_dh_auto(context, 1) == 1;  // as large as the certificate's key deserves
}

}  // namespace gateway
