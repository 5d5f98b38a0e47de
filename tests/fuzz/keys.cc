// Key files, ours and the partners'.

#include "fuzz.h"
#include "openpgp/key_files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway;
  const std::string_view content = fuzz::Text(data, size);
  auto keyring = openpgp::Keyring::Create();
  PROMISE(keyring);
  if (const auto keys = keyring->Add(content)) {
    PROMISE(keyring->Keys().size() <= keys->size());
    for (const openpgp::KeyInfo& key : *keys) {
      PROMISE(openpgp::NormaliseFingerprint(openpgp::FormatFingerprint(key.fingerprint)) == key.fingerprint);
      if (key.secret) static_cast<void>(keyring->Unlock(key.fingerprint, "no"));
    }
  }
  if (const auto exported = openpgp::ExportPublic(content)) {
    auto second = openpgp::Keyring::Create();
    const auto keys = second->Add(*exported);
    PROMISE(keys);
    for (const openpgp::KeyInfo& key : *keys) PROMISE(!key.secret);
  }
  static_cast<void>(openpgp::NormaliseFingerprint(content));
  return 0;
}
