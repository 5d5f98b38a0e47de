// GnuPG as the oracle: a keyring of its own under TMPDIR (sockets need a short path), gone with its
// agent at the end.
#pragma once

#include <string>
#include <vector>

namespace gateway::openpgp {

struct GpgResult {
  int exit = -1;
  std::string status;  // what --status-fd said
  std::string output;  // standard output, if any

  [[nodiscard]] bool Says(const std::string& word) const {
    return status.find("[GNUPG:] " + word) != std::string::npos;
  }
};

class GpgHome {
 public:
  GpgHome();
  ~GpgHome();
  GpgHome(const GpgHome&) = delete;
  GpgHome& operator=(const GpgHome&) = delete;

  // gpg --batch with these arguments, run by a shell in the directory of this home.
  GpgResult Run(const std::string& arguments);
  void Write(const std::string& name, const std::string& content) const;
  [[nodiscard]] std::string Read(const std::string& name) const;
  void Remove(const std::string& name) const;
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

  // Lines of a --gen-key parameter file without name and protection ("Key-Type: RSA\nKey-Length:
  // 2048\n..."); without Expire-Date the key is for ever. Returns the fingerprint of the primary
  // key. `options` go to gpg (--faked-system-time, ...).
  std::string MakeKey(const std::string& name, const std::string& parameters, const std::string& options = "",
                      const std::string& passphrase = "");
  std::string Public(const std::string& name);
  std::string Secret(const std::string& name);
  // Content of the message that gpg makes of `plain` with these arguments ("-e -r alice").
  std::string Make(const std::string& arguments, const std::string& plain);

 private:
  std::string directory_;
};

// What every test may use, made once a process: rsa2048, rsa3072, dsa, ed25519 (a real name each;
// @test.example), and those that few tests need: rsa1024, dsa1024, nist, brainpool.
struct GpgKey {
  std::string name;
  std::string fingerprint;
  std::string public_armored;
  std::string secret_armored;
};
inline const std::string kEd25519 = "Key-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\n";
GpgHome& SharedGpg();
const GpgKey& GpgKeyNamed(const std::string& name);
const std::vector<std::string>& GpgKeyNames();
const std::vector<std::string>& OldKeyNames();

}  // namespace gateway::openpgp
