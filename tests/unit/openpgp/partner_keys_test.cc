// Nothing of one partner may count for another. Key files hold parts of others' keys, in every
// order in which they may be loaded. The files are made of keys by GnuPG.

#include <algorithm>
#include <functional>

#include "gateway/settings.h"
#include "key_grafts.h"
#include "openpgp/key_content.h"
#include "openpgp/key_material.h"
#include "openpgp/key_owners.h"
#include "openpgp_test_kit.h"

namespace gateway::openpgp {
namespace {

// Certifies only; what signs and what encrypts are subkeys, which can be grafted.
const std::string kInParts =
    "Key-Type: eddsa\nKey-Curve: ed25519\nKey-Usage: cert\nSubkey-Type: eddsa\nSubkey-Curve: ed25519\n"
    "Subkey-Usage: sign\n";

struct Hospital {
  std::string name;
  std::string fingerprint;
  std::string file;      // as the hospital itself would send it
  KeyParts parts;        // subkeys: what signs, what encrypts
  std::string encrypts;  // the key id of the subkey that does
};

Hospital MakeHospital(const std::string& name) {
  GpgHome& gpg = SharedGpg();
  Hospital hospital{name, gpg.MakeKey(name, kInParts), {}, {}, {}};
  // Keys of another second: the newest is taken to encrypt to.
  EXPECT_EQ(gpg.Run("--passphrase '' --quick-add-key " + hospital.fingerprint + " cv25519 encr never").exit, 0);
  hospital.file = gpg.Public(hospital.fingerprint);
  hospital.parts = TakeApart(hospital.file);
  EXPECT_EQ(hospital.parts.subkeys.size(), 2U);
  hospital.encrypts = ReadKeyFile(hospital.file)->front().packets.at(2).key_id;
  return hospital;
}

// Victim, accomplice, and the one whose subkeys are passed on; made once.
const Hospital& C() {
  static const Hospital hospital = MakeHospital("attacked");
  return hospital;
}
const Hospital& D1() {
  static const Hospital hospital = MakeHospital("first-attacker");
  return hospital;
}
const Hospital& D2() {
  static const Hospital hospital = MakeHospital("second-attacker");
  return hospital;
}

std::string Packets(const std::string& file) {
  return *ReadKeyContent(file);
}

std::string Join(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

struct Partner {
  const Hospital* hospital;
  std::string file;
};

// Attacks with a name each; C is the one that is attacked.
std::vector<std::pair<std::string, std::vector<Partner>>> Attacks() {
  const std::string stolen = Join(D2().parts.subkeys);
  return {
      {"K6: an accomplice's file passes on subkeys behind the victim's primary key",
       {{&C(), C().file}, {&D1(), Join({Packets(D1().file), C().parts.primary, stolen})}, {&D2(), D2().file}}},
      {"K4, K5: the victim's file as an operator got it, with the attacker's subkeys",
       {{&C(), Join({Packets(C().file), stolen})}, {&D2(), D2().file}}},
      {"K4, K5: the same subkeys in front of the victim's own",
       {{&C(), Join({C().parts.primary, stolen, Join(C().parts.subkeys)})}, {&D2(), D2().file}}},
      {"an accomplice has nothing of its own but the subkeys",
       {{&C(), C().file}, {&D1(), Join({D1().parts.primary, stolen})}, {&D2(), D2().file}}},
      {"B2: the attacker carries the victim's subkeys",
       {{&C(), C().file}, {&D2(), Join({Packets(D2().file), Join(C().parts.subkeys)})}}},
      {"B2: the attacker carries the victim's subkey that encrypts, alone",
       {{&C(), C().file}, {&D2(), Join({Packets(D2().file), C().parts.subkeys[1]})}}},
      {"the attacker carries all of the victim's key",
       {{&C(), C().file}, {&D2(), Join({Packets(D2().file), Packets(C().file)})}}},
  };
}

class PartnerKeys : public ::testing::Test {
 protected:
  PartnerSettings Settings(const Partner& partner) {
    PartnerSettings settings;
    settings.name = partner.hospital->name;
    settings.key_fingerprint = partner.hospital->fingerprint;
    settings.key_file = home_.path(settings.name + ".pgp");
    home_.Write(settings.name + ".pgp", partner.file);
    return settings;
  }

  // Each of `partners` in every order; by index, as they stand in the attack.
  static void InEveryOrder(const std::vector<Partner>& partners,
                           const std::function<void(const std::vector<Partner>&)>& test) {
    std::vector<std::size_t> order(partners.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    do {
      std::vector<Partner> ordered;
      for (const std::size_t i : order) ordered.push_back(partners[i]);
      test(ordered);
    } while (std::ranges::next_permutation(order).found);
  }

  GpgHome home_;
};

// What the configuration check says: the start is refused, and both owners are named, or the
// foreign primary key is.
TEST_F(PartnerKeys, AFileWithAnothersKeyIsRefusedByNameInEveryOrder) {
  for (const auto& [name, partners] : Attacks()) {
    InEveryOrder(partners, [&, &name = name](const std::vector<Partner>& ordered) {
      std::vector<PartnerSettings> settings;
      for (const Partner& partner : ordered) settings.push_back(Settings(partner));
      const Result<KeyMaterial> keys = ReadKeyMaterial({}, settings);
      ASSERT_FALSE(keys.ok()) << name;
      EXPECT_EQ(keys.error().fault, Fault::config);
      const std::string& detail = keys.error().detail;
      if (keys.error().code == "several-keys") {
        EXPECT_NE(detail.find(FormatFingerprint(C().fingerprint)), std::string::npos) << detail;
      } else {
        EXPECT_EQ(keys.error().code, "key-of-another") << name << ": " << detail;
        EXPECT_NE(detail.find("partner second-attacker"), std::string::npos) << detail;
      }
    });
  }
}

// What is sealed for the hospital can be opened by its own subkey, and by no other.
void ExpectSealsForItself(Keyring& ring, const Hospital& hospital, const std::string& attack) {
  const Result<std::string> sealed = SealText(ring, "x", {.signer = "", .recipients = {hospital.fingerprint}});
  if (hospital.name != C().name && !sealed) return;  // who spoiled its own file is its own victim
  ASSERT_TRUE(sealed.ok()) << attack << ": " << sealed.error().detail;
  StringSource source(*sealed);
  EXPECT_EQ(*ring.ReadRecipients(source), std::vector<std::string>{hospital.encrypts}) << attack;
}

// Beneath that check, each keyring by itself: nothing that the attacker can sign or open counts as
// the victim's.
TEST_F(PartnerKeys, NothingOfOnePartnerCountsForAnotherInAnyOrder) {
  const std::string by_attacker =
      SharedGpg().Make(Signed(D2().fingerprint) + EncryptedTo(OurKey().info.fingerprint), "x");
  const std::string by_victim = SharedGpg().Make(Signed(C().fingerprint) + EncryptedTo(OurKey().info.fingerprint), "x");
  for (const auto& [name, partners] : Attacks()) {
    InEveryOrder(partners, [&, &name = name](const std::vector<Partner>& ordered) {
      Keyring ring = RingOf({OurKey().secret_armored});
      for (int round = 0; round < 2; ++round) {
        for (const Partner& partner : ordered) {
          const std::vector<FileKey> keys = *ReadKeyFile(partner.file);
          const auto pinned = std::ranges::find(keys, partner.hospital->fingerprint,
                                                [](const FileKey& key) { return key.info.fingerprint; });
          ASSERT_NE(pinned, keys.end());
          const PartnerKey trusted = PartnerKeyOf(*pinned, partner.hospital->name);
          ASSERT_TRUE(ring.UsePartner(&trusted).ok());
          ExpectSealsForItself(ring, *partner.hospital, name);
          const bool is_attacker = partner.hospital == &D2();
          EXPECT_EQ(OpenText(ring, by_attacker).status() == SignatureStatus::valid, is_attacker) << name;
          EXPECT_EQ(OpenText(ring, by_victim).status() == SignatureStatus::valid, partner.hospital == &C()) << name;
        }
      }
    });
  }
}

// A subkey that encrypts needs no signature of its own: anybody may bind another's, with a
// signature that is good.
TEST_F(PartnerKeys, AnEncryptionSubkeyThatTwoHaveBoundIsRefused) {
  const std::string then = "--faked-system-time 20250101T000000! ";
  const std::string primary = "Key-Type: eddsa\nKey-Curve: ed25519\nKey-Usage: cert,sign\n";
  const std::string victim = home_.MakeKey("attacked", primary, then);
  const std::string attacker = home_.MakeKey("second-attacker", primary, then);
  ASSERT_EQ(home_.Run(then + "--passphrase '' --quick-add-key " + victim + " cv25519 encr never").exit, 0);
  const std::string listing = home_.Run("--with-colons --with-keygrip --list-keys " + victim).output;
  const std::size_t grip = listing.rfind("grp:::::::::");
  ASSERT_NE(grip, std::string::npos) << listing;
  home_.Write("commands", "addkey\n13\n" + listing.substr(grip + 12, 40) + "\nQ\n0\nsave\n");
  const std::string add = "--pinentry-mode loopback --passphrase '' --command-file commands --expert --edit-key ";
  ASSERT_EQ(home_.Run(then + add + attacker).exit, 0) << home_.Read("stderr.txt");
  const std::vector<FileKey> of_victim = ReadKeyFile(home_.Public(victim)).value();
  const std::vector<FileKey> of_attacker = ReadKeyFile(home_.Public(attacker)).value();
  const SubkeyInfo& subkey = of_attacker.front().subkeys.at(0);
  ASSERT_EQ(subkey.fingerprint, of_victim.front().subkeys.at(0).fingerprint);
  ASSERT_EQ(subkey.state, SubkeyState::usable);

  const Hospital attacked{"attacked", victim, {}, {}, {}};
  const Hospital attacking{"second-attacker", attacker, {}, {}, {}};
  InEveryOrder({{&attacked, home_.Public(victim)}, {&attacking, home_.Public(attacker)}}, [&](const auto& ordered) {
    const Result<KeyMaterial> keys = ReadKeyMaterial({}, {Settings(ordered[0]), Settings(ordered[1])});
    ASSERT_FALSE(keys.ok());
    EXPECT_EQ(keys.error().code, "key-of-another") << keys.error().detail;
    for (const char* name : {"partner attacked", "partner second-attacker"}) {
      EXPECT_NE(keys.error().detail.find(name), std::string::npos) << keys.error().detail;
    }
  });
}

// The same secret key with another time of creation has another fingerprint and key id.
TEST_F(PartnerKeys, AKeyThatTwoHaveWithDifferentDatesIsRefused) {
  const std::string in_2024 = "--faked-system-time 20240101T000000! ";
  const std::string in_2025 = "--faked-system-time 20250101T000000! ";
  const std::string usage = "Key-Usage: cert,sign\n";
  for (const std::string type : {"Key-Type: eddsa\nKey-Curve: ed25519\n", "Key-Type: rsa\nKey-Length: 2048\n",
                                 "Key-Type: dsa\nKey-Length: 2048\n"}) {
    const std::string victim = home_.MakeKey("attacked", type + usage, in_2024);
    ASSERT_EQ(home_.Run(in_2024 + "--passphrase '' --quick-add-key " + victim + " cv25519 encr never").exit, 0);
    const std::string listing = home_.Run("--with-colons --with-keygrip --list-keys " + victim).output;
    const auto grip_at = [&](std::size_t at) { return listing.substr(at + std::string("grp:::::::::").size(), 40); };
    const std::string primary = grip_at(listing.find("grp:::::::::"));
    const std::string encrypts = grip_at(listing.rfind("grp:::::::::"));
    const std::string same_primary =
        home_.MakeKey("second-attacker", type + usage + "Key-Grip: " + primary + "\n", in_2025);
    const std::string same_subkey = home_.MakeKey("first-attacker", kInParts, in_2025);
    home_.Write("commands", "addkey\n13\n" + encrypts + "\nQ\n0\nsave\n");
    const std::string add = "--pinentry-mode loopback --passphrase '' --command-file commands --expert --edit-key ";
    ASSERT_EQ(home_.Run(in_2025 + add + same_subkey).exit, 0) << home_.Read("stderr.txt");
    ASSERT_EQ(home_.Run(in_2025 + "--passphrase '' --quick-add-key " + same_primary + " cv25519 encr never").exit, 0);
    ASSERT_NE(victim, same_primary);

    const Hospital attacked{"attacked", victim, {}, {}, {}};
    const Hospital by_primary{"second-attacker", same_primary, {}, {}, {}};
    const Hospital by_subkey{"first-attacker", same_subkey, {}, {}, {}};
    for (const Hospital* attacker : {&by_primary, &by_subkey}) {
      InEveryOrder({{&attacked, home_.Public(victim)}, {attacker, home_.Public(attacker->fingerprint)}},
                   [&](const auto& ordered) {
                     const Result<KeyMaterial> keys = ReadKeyMaterial({}, {Settings(ordered[0]), Settings(ordered[1])});
                     ASSERT_FALSE(keys.ok()) << type;
                     EXPECT_EQ(keys.error().code, "key-of-another") << keys.error().detail;
                     EXPECT_NE(keys.error().detail.find("with another date"), std::string::npos) << keys.error().detail;
                     for (const std::string& name : {std::string("attacked"), attacker->name}) {
                       EXPECT_NE(keys.error().detail.find("partner " + name), std::string::npos);
                     }
                   });
    }
  }
}

}  // namespace
}  // namespace gateway::openpgp
