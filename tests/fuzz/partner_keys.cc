// Several partners' key files at once: does anything of one partner count for another? The files
// are made of three real keys, cut at their packets and joined anew as the input says, with bytes
// changed.

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

#include "base/files.h"
#include "fuzz.h"
#include "openpgp/key_content.h"
#include "openpgp/key_files.h"
#include "openpgp/key_owners.h"
#include "openpgp/keyring_impl.h"
#include "openpgp/rnp_streams.h"

namespace gateway::fuzz {
namespace {

using openpgp::FileKey;
using openpgp::KeyOwner;
using openpgp::PartnerKey;

// A partner who means no harm, with what it has signed.
struct Hospital {
  std::string name;
  openpgp::GeneratedKey key;
  std::vector<std::string> packets;
  std::string encrypts;   // the key id of the subkey that does
  PartnerKey honest;      // of its own file
  std::string signature;  // of kText
};

constexpr std::string_view kText = "signed";

std::vector<std::string> PacketsOf(const std::string& file) {
  std::string left = openpgp::ReadKeyContent(file).value();
  std::vector<std::string> packets;
  while (!left.empty()) {
    const auto at = [&left](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(left.at(i))); };
    PROMISE((at(0) & 0x80) != 0);
    std::size_t size = 0;
    if ((at(0) & 0x40) != 0) {
      size = at(1) < 192 ? 2 + at(1) : 3 + ((at(1) - 192) << 8) + at(2) + 192;
    } else {
      size = (at(0) & 3) == 0 ? 2 + at(1) : 3 + (at(1) << 8 | at(2));
    }
    packets.push_back(left.substr(0, size));
    left.erase(0, size);
  }
  return packets;
}

void Require(rnp_result_t result) {
  PROMISE(result == RNP_SUCCESS);
}

void AddSubkey(rnp_ffi_t ffi, rnp_key_handle_t primary, const char* algorithm, const char* curve, const char* usage) {
  rnp_op_generate_t made = nullptr;
  Require(rnp_op_generate_subkey_create(&made, ffi, primary, algorithm));
  const openpgp::GenerateHandle operation(made);
  if (curve != nullptr) Require(rnp_op_generate_set_curve(made, curve));
  Require(rnp_op_generate_add_usage(made, usage));
  Require(rnp_op_generate_execute(made));
}

std::string Export(rnp_key_handle_t key, std::uint32_t part) {
  const openpgp::OutputHandle output = openpgp::OutputToMemory();
  Require(rnp_key_export(key, output.get(), part | RNP_KEY_EXPORT_SUBKEYS));
  return openpgp::MemoryContent(output.get());
}

// Its primary key certifies only; what signs and what encrypts are subkeys, which can be carried
// off.
openpgp::GeneratedKey MakeKey(const std::string& user_id) {
  const openpgp::FfiHandle ffi = openpgp::CreateFfi().value();
  rnp_op_generate_t made = nullptr;
  Require(rnp_op_generate_create(&made, ffi.get(), RNP_ALGNAME_EDDSA));
  const openpgp::GenerateHandle operation(made);
  Require(rnp_op_generate_add_usage(made, "certify"));
  Require(rnp_op_generate_set_userid(made, user_id.c_str()));
  Require(rnp_op_generate_execute(made));
  rnp_key_handle_t key = nullptr;
  Require(rnp_op_generate_get_key(made, &key));
  const openpgp::KeyHandle primary(key);
  AddSubkey(ffi.get(), key, RNP_ALGNAME_EDDSA, nullptr, "sign");
  AddSubkey(ffi.get(), key, RNP_ALGNAME_ECDH, "Curve25519", "encrypt");
  return {Export(key, RNP_KEY_EXPORT_SECRET), Export(key, RNP_KEY_EXPORT_PUBLIC), {}};
}

Hospital MakeHospital(const std::string& name) {
  Hospital hospital{name, MakeKey(name + " <" + name + "@x.example>"), {}, {}, {}, {}};
  hospital.packets = PacketsOf(hospital.key.public_armored);
  std::vector<FileKey> keys = openpgp::ReadKeyFile(hospital.key.public_armored).value();
  PROMISE(keys.size() == 1 && keys.front().subkeys.size() == 2);
  hospital.key.info = keys.front().info;
  hospital.encrypts = keys.front().packets.at(2).key_id;
  hospital.honest = openpgp::PartnerKeyOf(keys.front(), name);
  openpgp::Keyring ring = openpgp::Keyring::Create().value();
  PROMISE(ring.Add(hospital.key.secret_armored));
  StringSource text{std::string(kText)};
  hospital.signature = ring.SignDetached(text, hospital.key.info.fingerprint).value();
  return hospital;
}

const std::array<Hospital, 3>& Hospitals() {
  static const std::array<Hospital, 3> hospitals{MakeHospital("a"), MakeHospital("b"), MakeHospital("c")};
  return hospitals;
}

const Hospital& PickHospital(FuzzedDataProvider& input) {
  return Hospitals().at(input.ConsumeIntegralInRange<std::size_t>(0, Hospitals().size() - 1));
}

using Packets = std::vector<std::string>;

std::size_t PickPlace(FuzzedDataProvider& input, const Packets& packets) {
  return input.ConsumeIntegralInRange<std::size_t>(0, packets.size());
}

// One or several packets of anybody's that stand together there: a subkey with what binds it among
// others.
void Graft(FuzzedDataProvider& input, Packets& packets) {
  const Packets& from = PickHospital(input).packets;
  const auto begin = input.ConsumeIntegralInRange<std::size_t>(0, from.size() - 1);
  const auto end = input.ConsumeIntegralInRange<std::size_t>(begin + 1, from.size());
  const auto at = static_cast<std::ptrdiff_t>(PickPlace(input, packets));
  packets.insert(packets.begin() + at, from.begin() + static_cast<std::ptrdiff_t>(begin),
                 from.begin() + static_cast<std::ptrdiff_t>(end));
}

void ChangeOne(FuzzedDataProvider& input, Packets& packets) {
  const std::size_t at = PickPlace(input, packets);
  if (at == packets.size()) return;
  if (input.ConsumeBool()) {
    packets.erase(packets.begin() + static_cast<std::ptrdiff_t>(at));
    return;
  }
  std::string& packet = packets[at];
  packet[input.ConsumeIntegralInRange<std::size_t>(0, packet.size() - 1)] = input.ConsumeIntegral<char>();
}

// A hospital's own file, or none, with pieces of others' put into it, and packets taken out or
// changed.
std::string MakeFile(FuzzedDataProvider& input) {
  Packets packets;
  if (input.ConsumeBool()) packets = PickHospital(input).packets;
  const auto changes = input.ConsumeIntegralInRange<unsigned>(0, 6);
  for (unsigned i = 0; i < changes; ++i) {
    if (input.ConsumeIntegralInRange<unsigned>(0, 3) > 0) {
      Graft(input, packets);
    } else {
      ChangeOne(input, packets);
    }
  }
  std::string file;
  for (const std::string& packet : packets) file += packet;
  return file;
}

// Beneath the configuration check: whatever stands in the files, a keyring takes for one partner's
// only what that partner's own primary key vouches for.
void CheckKeyring(openpgp::Keyring& ring, const PartnerKey& trusted) {
  if (!ring.UsePartner(&trusted)) return;
  for (const Hospital& hospital : Hospitals()) {
    StringSource text{std::string(kText)};
    const auto signatures = ring.VerifyDetached(text, hospital.signature);
    PROMISE(signatures && signatures->size() == 1);
    const bool is_its_own = trusted.fingerprint == hospital.key.info.fingerprint;
    PROMISE(signatures->front().status != openpgp::SignatureStatus::valid || is_its_own);
    // What is sealed for it cannot be opened by anybody else's subkey.
    StringSource plain{std::string(kText)};
    StringSink sealed;
    if (is_its_own || !ring.Seal(plain, {.signer = "", .recipients = {trusted.fingerprint}}, sealed)) continue;
    StringSource source(sealed.text());
    const auto recipients = ring.ReadRecipients(source);
    PROMISE(recipients);
    PROMISE(std::ranges::find(*recipients, hospital.encrypts) == recipients->end());
  }
}

// Nor does any file cut off who means no harm: its own signature counts, and what is sealed for it
// is for it alone.
void CheckHonest(openpgp::Keyring& ring, const Hospital& hospital) {
  CheckKeyring(ring, hospital.honest);
  StringSource text{std::string(kText)};
  const auto signatures = ring.VerifyDetached(text, hospital.signature);
  PROMISE(signatures && signatures->front().status == openpgp::SignatureStatus::valid);
  StringSource plain{std::string(kText)};
  StringSink sealed;
  PROMISE(ring.Seal(plain, {.signer = "", .recipients = {hospital.honest.fingerprint}}, sealed));
  StringSource source(sealed.text());
  const auto recipients = ring.ReadRecipients(source);
  PROMISE(recipients && *recipients == std::vector<std::string>{hospital.encrypts});
}

struct Read {
  std::vector<PartnerKey> trusted;  // of each primary key that its file holds
  std::vector<KeyOwner> owners;     // one a file that has one primary key, as the configuration asks for
};

void ReadFiles(FuzzedDataProvider& input, Read& read) {
  const auto files = input.ConsumeIntegralInRange<unsigned>(2, 3);
  for (unsigned i = 0; i < files; ++i) {
    const auto keys = openpgp::ReadKeyFile(MakeFile(input));
    if (!keys) continue;
    for (const FileKey& key : *keys) read.trusted.push_back(openpgp::PartnerKeyOf(key, std::to_string(i)));
    PartnerSettings settings;
    settings.name = std::to_string(i);
    if (keys->size() == 1) read.owners.push_back(openpgp::OwnerOf(settings, keys->front()));
  }
}

// Of files that are not refused together no key stands in two.
void CheckOwners(const std::vector<KeyOwner>& owners) {
  std::map<std::string, std::set<std::string>> whose;
  for (const KeyOwner& owner : owners) {
    for (const openpgp::PacketKey& key : owner.keys) {
      if (!key.key_id.empty()) whose[key.key_id].insert(owner.whose);
    }
  }
  const bool shared = std::any_of(whose.begin(), whose.end(), [](const auto& one) { return one.second.size() > 1; });
  PROMISE(openpgp::FindSharedKeys(owners).empty() == !shared);
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway;
  FuzzedDataProvider input(data, size);
  fuzz::Read read;
  fuzz::ReadFiles(input, read);
  fuzz::CheckOwners(read.owners);
  static openpgp::Keyring ring = openpgp::Keyring::Create().value();
  // One keyring for all in turn, as in the gateway: nothing of the one before is left, in any order
  // of two.
  for (const openpgp::PartnerKey& before : read.trusted) {
    for (const openpgp::PartnerKey& trusted : read.trusted) {
      if (!ring.UsePartner(&before)) continue;
      fuzz::CheckKeyring(ring, trusted);
    }
    fuzz::CheckHonest(ring, fuzz::PickHospital(input));
  }
  return 0;
}
