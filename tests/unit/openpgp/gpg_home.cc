#include "gpg_home.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>

namespace gateway::openpgp {
namespace {

int Shell(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

const std::map<std::string, std::string>& Parameters() {
  static const std::map<std::string, std::string> parameters = {
      {"rsa2048", "Key-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048\n"},
      {"rsa3072", "Key-Type: RSA\nKey-Length: 3072\nSubkey-Type: RSA\nSubkey-Length: 3072\n"},
      {"dsa", "Key-Type: DSA\nKey-Length: 2048\nSubkey-Type: ELG-E\nSubkey-Length: 2048\n"},
      {"ed25519", kEd25519},
      {"rsa1024", "Key-Type: RSA\nKey-Length: 1024\nSubkey-Type: RSA\nSubkey-Length: 1024\n"},
      {"dsa1024", "Key-Type: DSA\nKey-Length: 1024\nSubkey-Type: ELG-E\nSubkey-Length: 1024\n"},
      {"nist", "Key-Type: ecdsa\nKey-Curve: nistp256\nSubkey-Type: ecdh\nSubkey-Curve: nistp256\n"},
      {"brainpool", "Key-Type: ecdsa\nKey-Curve: brainpoolP384r1\nSubkey-Type: ecdh\nSubkey-Curve: brainpoolP384r1\n"},
  };
  return parameters;
}

std::unique_ptr<GpgHome>& SharedHome() {
  static std::unique_ptr<GpgHome> home;
  return home;
}

// Ends the agent also when a test has failed.
class SharedHomeGuard : public ::testing::Environment {
 public:
  void TearDown() override { SharedHome().reset(); }
};
const ::testing::Environment* const kGuard = ::testing::AddGlobalTestEnvironment(new SharedHomeGuard);

}  // namespace

GpgHome::GpgHome() {
  directory_ = (std::filesystem::temp_directory_path() / "gpgXXXXXX").string();
  if (::mkdtemp(directory_.data()) == nullptr) throw std::runtime_error("mkdtemp");
  Write("gpg-agent.conf", "s2k-count 65536\n");  // else it measures, and takes its time
}

GpgHome::~GpgHome() {
  Shell("GNUPGHOME=" + directory_ + " gpgconf --kill all >/dev/null 2>&1");
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

GpgResult GpgHome::Run(const std::string& arguments) {
  GpgResult result;
  result.exit = Shell("cd " + directory_ + " && GNUPGHOME=" + directory_ +
                      " gpg --batch --quiet --yes --no-auto-key-locate --trust-model always --status-file status.txt " +
                      arguments + " >stdout.txt 2>stderr.txt </dev/null");
  result.status = Read("status.txt");
  result.output = Read("stdout.txt");
  return result;
}

void GpgHome::Write(const std::string& name, const std::string& content) const {
  std::ofstream(path(name), std::ios::binary) << content;
}

std::string GpgHome::Read(const std::string& name) const {
  std::ifstream file(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void GpgHome::Remove(const std::string& name) const {
  std::filesystem::remove(path(name));
}

std::string GpgHome::MakeKey(const std::string& name, const std::string& parameters, const std::string& options,
                             const std::string& passphrase) {
  const std::string protection = passphrase.empty() ? "%no-protection\n" : "Passphrase: " + passphrase + "\n";
  const std::string expiry = parameters.find("Expire-Date") == std::string::npos ? "Expire-Date: 0\n" : "";
  Write("parameters",
        parameters + protection + expiry + "Name-Real: " + name + "\nName-Email: " + name + "@test.example\n%commit\n");
  const GpgResult made = Run(options + " --pinentry-mode loopback --gen-key parameters");
  const std::size_t found = made.status.find("KEY_CREATED ");  // then B or P, and the fingerprint
  if (found == std::string::npos) throw std::runtime_error("gpg --gen-key: " + Read("stderr.txt"));
  return made.status.substr(found + 14, 40);
}

std::string GpgHome::Public(const std::string& name) {
  return Run("--armor --export " + name).output;
}

std::string GpgHome::Secret(const std::string& name) {
  return Run("--armor --export-secret-keys " + name).output;
}

std::string GpgHome::Make(const std::string& arguments, const std::string& plain) {
  Write("plain", plain);
  Remove("made");
  if (Run(arguments + " -o made plain").exit != 0) ADD_FAILURE() << arguments << ": " << Read("stderr.txt");
  return Read("made");
}

GpgHome& SharedGpg() {
  if (!SharedHome()) SharedHome() = std::make_unique<GpgHome>();
  return *SharedHome();
}

const GpgKey& GpgKeyNamed(const std::string& name) {
  static std::map<std::string, GpgKey> keys;
  const auto known = keys.find(name);
  if (known != keys.end()) return known->second;
  GpgHome& gpg = SharedGpg();
  GpgKey key{name, gpg.MakeKey(name, Parameters().at(name)), {}, {}};
  key.public_armored = gpg.Public(key.fingerprint);
  key.secret_armored = gpg.Secret(key.fingerprint);
  return keys[name] = key;
}

const std::vector<std::string>& GpgKeyNames() {
  static const std::vector<std::string> names = {"rsa2048", "rsa3072", "dsa", "ed25519"};
  return names;
}

const std::vector<std::string>& OldKeyNames() {
  static const std::vector<std::string> names = {"rsa1024", "dsa1024", "nist", "brainpool"};
  return names;
}

}  // namespace gateway::openpgp
