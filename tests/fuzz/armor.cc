// Armor from outside; and whatever we put into armor comes out of it again, and seals and opens.

#include "openpgp/armor.h"

#include "base/files.h"
#include "fuzz.h"
#include "openpgp/key_files.h"

namespace gateway::fuzz {
namespace {

struct Sealer {
  openpgp::Keyring keyring;
  std::string fingerprint;
};

Sealer& Ours() {
  static Sealer sealer = [] {
    auto keyring = openpgp::Keyring::Create();
    PROMISE(keyring);
    const auto added = keyring->Add(TestData("mails/keys/receiver.secret.asc"));
    PROMISE(added && keyring->Unlock(added->front().fingerprint, ""));
    return Sealer{std::move(*keyring), added->front().fingerprint};
  }();
  return sealer;
}

void ArmorAndBack(std::string_view bytes) {
  StringSink armored;
  openpgp::ArmorWriter writer(armored);
  for (std::size_t at = 0, piece = 1; at < bytes.size(); at += piece, piece = piece * 7 % 1021 + 1) {
    PROMISE(writer.Write(bytes.substr(at, piece)));
  }
  PROMISE(writer.Finish());
  StringSource text(armored.text());
  openpgp::ArmorReader reader(text);
  bool failed = false;
  PROMISE(Drain(reader, &failed) == bytes && !failed);
}

void SealAndOpen(std::string_view bytes) {
  StringSource plain((std::string(bytes)));
  StringSink sealed;
  const openpgp::Keyring::SealOptions options{
      Ours().fingerprint, {Ours().fingerprint}, bytes.size() % 2 == 0 ? Compression::none : Compression::zlib};
  PROMISE(Ours().keyring.Seal(plain, options, sealed));
  StringSource text(sealed.text());
  StringSink opened;
  const auto result = Ours().keyring.Open(text, opened, 1 << 24);
  PROMISE(result && opened.text() == bytes && result->encrypted && result->integrity_protected);
  PROMISE(result->signatures.size() == 1 && result->signatures[0].status == openpgp::SignatureStatus::valid);
  PROMISE(result->signatures[0].fingerprint == Ours().fingerprint);
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  const std::string_view bytes = Text(data, size);
  gateway::StringSource text((std::string(bytes)));
  gateway::openpgp::ArmorReader reader(text);
  PROMISE(Drain(reader).size() <= size);
  ArmorAndBack(bytes);
  if (size > 0 && data[size - 1] % 8 == 0) SealAndOpen(bytes);  // a hundred times as slow as the rest
  return 0;
}
