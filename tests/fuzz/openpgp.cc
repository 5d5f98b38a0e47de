// OpenPGP from outside, with keys of ours that can open it: armor, packets, signatures. RNP itself
// is not instrumented; its crashes are seen, its branches are not.

#include "openpgp/openpgp.h"

#include "base/files.h"
#include "fuzz.h"
#include "openpgp/message_head.h"

namespace gateway::fuzz {
namespace {

constexpr std::uint64_t kLimit = 1 << 20;

openpgp::Keyring& Ours() {
  static openpgp::Keyring keyring = [] {
    auto made = openpgp::Keyring::Create();
    PROMISE(made);
    for (const char* key : {"receiver.secret", "receiver-rsa.secret", "curve25519.public", "rsa2048.public"}) {
      const auto added = made->Add(TestData("mails/keys/" + std::string(key) + ".asc"));
      PROMISE(added);
      if (added->front().secret) PROMISE(made->Unlock(added->front().fingerprint, ""));
    }
    return std::move(*made);
  }();
  return keyring;
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  const std::string text(Text(data, size));
  {
    gateway::StringSource sealed(text);
    gateway::StringSink plain;
    const auto opened = Ours().Open(sealed, plain, kLimit);
    PROMISE(plain.text().size() <= kLimit);
    if (!opened) PROMISE(opened.error().fault != gateway::Fault::permanent || !opened.error().code.empty());
  }
  {
    gateway::StringSource sealed(text);
    static_cast<void>(Ours().ReadRecipients(sealed));
  }
  gateway::StringSource raw(text);
  gateway::openpgp::NamedRecipients named(raw, [] {
    return std::vector<gateway::openpgp::CandidateKey>{{"0123456789ABCDEF", 18}};
  });
  PROMISE(Drain(named).size() <= 2 * size + 4096);
  gateway::StringSource signed_data("signed");
  static_cast<void>(Ours().VerifyDetached(signed_data, text));
  return 0;
}
