// Each policy against peers of its day: real handshakes of OpenSSL with itself, in memory.
#include "base/tls_policy.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <map>
#include <memory>
#include <string>

namespace gateway {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using X509Handle = std::unique_ptr<X509, decltype(&X509_free)>;

X509Handle SelfSigned(EVP_PKEY* key, const EVP_MD* digest) {
  X509Handle certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_sign(certificate.get(), key, digest);
  return certificate;
}

// What a peer can do; the lists are OpenSSL's.
struct Peer {
  std::string key = "P-256";  // a curve, or "RSA-2048"
  const char* suites = "ALL:@SECLEVEL=0";
  const char* groups = "X25519:P-256:ffdhe2048:ffdhe3072";
  int most = TLS1_2_VERSION;
  int least = TLS1_VERSION;
};

const EVP_PKEY* MakeKey(const std::string& kind) {
  static std::map<std::string, Key> keys;
  auto found = keys.find(kind);
  if (found == keys.end()) {
    EVP_PKEY* const key = kind.starts_with("RSA-") ? EVP_RSA_gen(static_cast<unsigned>(std::stoul(kind.substr(4))))
                                                   : EVP_EC_gen(kind.c_str());
    found = keys.emplace(kind, Key(key, &EVP_PKEY_free)).first;
  }
  return found->second.get();
}

Context ServerOf(const Peer& peer) {
  Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), peer.least);
  SSL_CTX_set_max_proto_version(context.get(), peer.most);
  EXPECT_EQ(SSL_CTX_set_cipher_list(context.get(), peer.suites), 1);
  EXPECT_EQ(SSL_CTX_set1_groups_list(context.get(), peer.groups), 1);
  SSL_CTX_set_dh_auto(context.get(), 1);
  auto* const key = const_cast<EVP_PKEY*>(MakeKey(peer.key));
  EXPECT_EQ(SSL_CTX_use_certificate(context.get(), SelfSigned(key, EVP_sha256()).get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), key), 1);
  return context;
}

// The suite that both agree on; empty: none.
std::string Agreed(TlsPolicy policy, const Peer& peer) {
  Context ours(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  EXPECT_TRUE(ApplyTlsPolicy(ours.get(), policy));
  const Context theirs = ServerOf(peer);
  const Connection client(SSL_new(ours.get()), &SSL_free);
  const Connection server(SSL_new(theirs.get()), &SSL_free);
  BIO* near = nullptr;
  BIO* far = nullptr;
  BIO_new_bio_pair(&near, 65'536, &far, 65'536);
  SSL_set_bio(client.get(), near, near);
  SSL_set_bio(server.get(), far, far);
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  for (int i = 0; i < 10; ++i) {
    const bool done = SSL_do_handshake(client.get()) == 1;
    if (SSL_do_handshake(server.get()) == 1 && done) return SSL_get_cipher_name(client.get());
  }
  return {};
}

Peer With(const char* suites, const std::string& key = "P-256") {
  return {.key = key, .suites = suites};
}

TEST(TlsPolicy, ModernWantsForwardSecrecyAndAead) {
  EXPECT_EQ(Agreed(TlsPolicy::modern, With("ECDHE-ECDSA-AES128-GCM-SHA256")), "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(Agreed(TlsPolicy::modern, With("ECDHE-ECDSA-CHACHA20-POLY1305")), "ECDHE-ECDSA-CHACHA20-POLY1305");
  EXPECT_EQ(Agreed(TlsPolicy::modern, With("DHE-RSA-AES256-GCM-SHA384", "RSA-2048")), "DHE-RSA-AES256-GCM-SHA384");
  EXPECT_EQ(Agreed(TlsPolicy::modern, With("AES128-GCM-SHA256", "RSA-2048")), "") << "RSA key exchange";
  EXPECT_EQ(Agreed(TlsPolicy::modern, With("ECDHE-RSA-AES256-SHA384", "RSA-2048")), "") << "CBC";
  EXPECT_EQ(Agreed(TlsPolicy::modern, With("ECDHE-ECDSA-AES128-SHA")), "") << "CBC";
}

TEST(TlsPolicy, BsiTakesWhatTr02102Recommends) {
  EXPECT_EQ(Agreed(TlsPolicy::bsi, With("ECDHE-ECDSA-AES256-GCM-SHA384")), "ECDHE-ECDSA-AES256-GCM-SHA384");
  EXPECT_EQ(Agreed(TlsPolicy::bsi, With("ECDHE-RSA-AES128-GCM-SHA256", "RSA-3072")), "ECDHE-RSA-AES128-GCM-SHA256");
  EXPECT_EQ(Agreed(TlsPolicy::bsi, With("DHE-RSA-AES128-GCM-SHA256", "RSA-3072")), "DHE-RSA-AES128-GCM-SHA256");
  EXPECT_EQ(Agreed(TlsPolicy::bsi, With("ECDHE-ECDSA-CHACHA20-POLY1305")), "");
  EXPECT_EQ(Agreed(TlsPolicy::bsi, With("ECDHE-ECDSA-AES128-SHA256")), "");
  EXPECT_EQ(Agreed(TlsPolicy::bsi, {.groups = "X25519"}), "") << "no curve of the guideline";
  EXPECT_EQ(Agreed(TlsPolicy::bsi, {.groups = "brainpoolP256r1"}).substr(0, 11), "ECDHE-ECDSA");
}

TEST(TlsPolicy, BsiSpeaksTls13) {
  const Peer peer{.groups = "P-256", .most = TLS1_3_VERSION, .least = TLS1_3_VERSION};
  EXPECT_TRUE(Agreed(TlsPolicy::bsi, peer).starts_with("TLS_AES_"));
  EXPECT_FALSE(Agreed(TlsPolicy::modern, peer).empty());
}

TEST(TlsPolicy, LegacyIsForPeersThatKnowCbcOnly) {
  EXPECT_EQ(Agreed(TlsPolicy::legacy, With("ECDHE-RSA-AES256-SHA384", "RSA-2048")), "ECDHE-RSA-AES256-SHA384");
  EXPECT_EQ(Agreed(TlsPolicy::legacy, With("AES128-SHA", "RSA-2048")), "AES128-SHA");
  EXPECT_EQ(Agreed(TlsPolicy::legacy, With("AES128-SHA:ECDHE-RSA-AES128-GCM-SHA256", "RSA-2048")),
            "ECDHE-RSA-AES128-GCM-SHA256")
      << "the better one first";
  EXPECT_EQ(Agreed(TlsPolicy::legacy, With("NULL-SHA256:@SECLEVEL=0", "RSA-2048")), "");
  EXPECT_EQ(Agreed(TlsPolicy::legacy, With("CAMELLIA128-SHA", "RSA-2048")), "");
}

TEST(TlsPolicy, NoneSpeaksTls11) {
  for (const TlsPolicy policy : {TlsPolicy::modern, TlsPolicy::bsi, TlsPolicy::legacy}) {
    EXPECT_EQ(Agreed(policy, {.key = "RSA-3072", .most = TLS1_1_VERSION}), "");
  }
}

// A server's side, as the SCP has it.
TEST(TlsPolicy, BsiHasNoShortKeysOfItsOwn) {
  const Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  ASSERT_TRUE(ApplyTlsPolicy(context.get(), TlsPolicy::bsi));
  auto* const small = const_cast<EVP_PKEY*>(MakeKey("RSA-2048"));
  EXPECT_NE(SSL_CTX_use_certificate(context.get(), SelfSigned(small, EVP_sha256()).get()), 1);
  auto* const large = const_cast<EVP_PKEY*>(MakeKey("RSA-3072"));
  EXPECT_EQ(SSL_CTX_use_certificate(context.get(), SelfSigned(large, EVP_sha256()).get()), 1);
}

}  // namespace
}  // namespace gateway
