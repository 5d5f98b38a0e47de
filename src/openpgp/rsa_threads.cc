#include "openpgp/rsa_threads.h"

#include "openpgp/rnp_handles.h"
#include "openpgp/rnp_silence.h"
#include "policy/error_codes.h"

namespace gateway::openpgp {

// Makes a key for nothing, which signs itself. Keys of ours may be expired, or be for encryption
// only.
Result<void> StartRsaThreads() {
  constexpr unsigned kBits = 1024;  // the least that RNP allows
  const RnpSilence silence;
  rnp_ffi_t created = nullptr;
  if (rnp_ffi_create(&created, RNP_KEYSTORE_GPG, RNP_KEYSTORE_GPG) != RNP_SUCCESS)
    return ConfigError(codes::kSandboxFailed);
  const FfiHandle ffi(created);
  rnp_op_generate_t begun = nullptr;
  rnp_result_t result = rnp_op_generate_create(&begun, created, RNP_ALGNAME_RSA);
  const GenerateHandle operation(begun);
  if (result == RNP_SUCCESS) result = rnp_op_generate_set_bits(begun, kBits);
  if (result == RNP_SUCCESS) result = rnp_op_generate_set_userid(begun, "none");
  if (result == RNP_SUCCESS) result = rnp_op_generate_execute(begun);
  if (result == RNP_SUCCESS) return {};
  return ConfigError(codes::kSandboxFailed, std::string("RSA: ") + rnp_result_to_string(result));
}

}  // namespace gateway::openpgp
