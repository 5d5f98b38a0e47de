// Shared by openpgp.cc (keys, sealing) and openpgp_open.cc (opening, verifying).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "openpgp/openpgp.h"
#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

// Says whether SHA-1 may be in signatures.
enum class Sha1 {
  prohibited,  // never
  by_date,     // RNP's own rule: before 2024 in keys, before 2019 in messages
  allowed,     // always
};

// There are two contexts, because RNP must never see keys of ours and of a partner as one keyring.
// What one file says of a key would then count for the other.
struct Keyring::Impl {
  FfiHandle ours;                   // our keys, public and secret
  FfiHandle partners;               // our secret keys for decryption, and the public keys of one partner
  std::set<std::string> sha1_only;  // fingerprints of keys of ours
  Sha1 sha1 = Sha1::by_date;        // the present rule of `partners`
  // True once UsePartner() was called. Signatures and recipients are then looked up in `partners`.
  bool has_partner = false;
  std::optional<std::string> packets;  // those of the partner's keys that are loaded

  [[nodiscard]] rnp_ffi_t others() const { return has_partner ? partners.get() : ours.get(); }
};

// Makes an RNP context that neither writes to the terminal nor asks for a passphrase there. Error:
// transient "openpgp-unavailable".
Result<FfiHandle> CreateFfi(Sha1 sha1 = Sha1::by_date);

// Replaces the rule that CreateFfi() set. Keys that are loaded already are not checked again.
// Returns false if RNP refuses.
bool ChangeRule(rnp_ffi_t ffi, Sha1 from, Sha1 to);

// Imports every key and returns the primary ones. Error: config "key-unreadable".
Result<std::vector<KeyInfo>> ImportKeys(rnp_ffi_t ffi, std::string_view content);

// A C string of a passphrase, which is wiped when it goes out of scope.
class Passphrase {
 public:
  explicit Passphrase(std::string_view text) : text_(text) {}
  Passphrase(const Passphrase&) = delete;
  Passphrase& operator=(const Passphrase&) = delete;
  ~Passphrase();
  [[nodiscard]] const char* c_str() const { return text_.c_str(); }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  // RNP accepts at most 255 bytes, and C strings only.
  [[nodiscard]] bool IsRepresentable() const;

 private:
  std::string text_;
};

}  // namespace gateway::openpgp
