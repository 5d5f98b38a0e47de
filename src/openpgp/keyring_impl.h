// What openpgp.cc (keys, sealing) and openpgp_open.cc (opening, verifying) share.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "openpgp/openpgp.h"
#include "openpgp/rnp_handles.h"

namespace gateway::openpgp {

// What becomes of SHA-1 in signatures.
enum class Sha1 {
  prohibited,  // never
  by_date,     // RNP's own rule: before 2024 in keys, before 2019 in messages
  allowed,     // always
};

// Two contexts, as RNP must never see keys of ours and of a partner as one keyring: what one file says of a key would
// count for the other.
struct Keyring::Impl {
  FfiHandle ours;                      // our keys, public and secret
  FfiHandle partners;                  // our secret keys, to decrypt with, and one partner's public ones
  std::set<std::string> sha1_only;     // fingerprints, of ours
  Sha1 sha1 = Sha1::by_date;           // the rule of `partners` at this moment
  bool has_partner = false;            // UsePartner was called: signatures and recipients are looked for in `partners`
  std::optional<std::string> packets;  // of the partner's keys that are loaded

  [[nodiscard]] rnp_ffi_t others() const { return has_partner ? partners.get() : ours.get(); }
};

// An RNP context that neither writes to the terminal nor asks for a passphrase there. config "openpgp-unavailable".
Result<FfiHandle> CreateFfi(Sha1 sha1 = Sha1::by_date);

// Exchanges the rule that CreateFfi set; keys that are loaded already are not judged again.
bool ChangeRule(rnp_ffi_t ffi, Sha1 from, Sha1 to);

// Imports every key and returns the primary ones. config "key-unreadable".
Result<std::vector<KeyInfo>> ImportKeys(rnp_ffi_t ffi, std::string_view content);

// A C string of a passphrase, wiped when it goes out of scope.
class Passphrase {
 public:
  explicit Passphrase(std::string_view text) : text_(text) {}
  Passphrase(const Passphrase&) = delete;
  Passphrase& operator=(const Passphrase&) = delete;
  ~Passphrase();
  [[nodiscard]] const char* c_str() const { return text_.c_str(); }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  // RNP takes at most 255 bytes, and C strings only.
  [[nodiscard]] bool IsRepresentable() const;

 private:
  std::string text_;
};

}  // namespace gateway::openpgp
