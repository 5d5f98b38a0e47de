// Key files, ours and the partners'.

#include "crypto/key_files.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway;
  const std::string_view content = fuzz::Text(data, size);
  auto keyring = crypto::Keyring::Create();
  PROMISE(keyring);
  if (const auto keys = keyring->Add(content)) {
    PROMISE(keyring->Keys().size() <= keys->size());
    for (const crypto::KeyInfo& key : *keys) {
      PROMISE(crypto::NormaliseFingerprint(crypto::FormatFingerprint(key.fingerprint)) == key.fingerprint);
      if (key.secret) static_cast<void>(keyring->Unlock(key.fingerprint, "no"));
    }
  }
  if (const auto exported = crypto::ExportPublic(content)) {
    auto second = crypto::Keyring::Create();
    const auto keys = second->Add(*exported);
    PROMISE(keys);
    for (const crypto::KeyInfo& key : *keys) PROMISE(!key.secret);
  }
  static_cast<void>(crypto::NormaliseFingerprint(content));
  return 0;
}
