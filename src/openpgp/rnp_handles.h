// Owns RNP's handles, so that each is freed in one place, and wraps its getters as plain values.
#pragma once

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <memory>
#include <string>

namespace gateway::openpgp {

template <auto Destroy>
struct RnpDeleter {
  template <typename T>
  void operator()(T* handle) const {
    Destroy(handle);
  }
};

using FfiHandle = std::unique_ptr<rnp_ffi_st, RnpDeleter<rnp_ffi_destroy>>;
using KeyHandle = std::unique_ptr<rnp_key_handle_st, RnpDeleter<rnp_key_handle_destroy>>;
using InputHandle = std::unique_ptr<rnp_input_st, RnpDeleter<rnp_input_destroy>>;
using OutputHandle = std::unique_ptr<rnp_output_st, RnpDeleter<rnp_output_destroy>>;
using GenerateHandle = std::unique_ptr<rnp_op_generate_st, RnpDeleter<rnp_op_generate_destroy>>;
using SignHandle = std::unique_ptr<rnp_op_sign_st, RnpDeleter<rnp_op_sign_destroy>>;
using EncryptHandle = std::unique_ptr<rnp_op_encrypt_st, RnpDeleter<rnp_op_encrypt_destroy>>;
using VerifyHandle = std::unique_ptr<rnp_op_verify_st, RnpDeleter<rnp_op_verify_destroy>>;
using SignatureHandle = std::unique_ptr<rnp_signature_handle_st, RnpDeleter<rnp_signature_handle_destroy>>;
using UserIdHandle = std::unique_ptr<rnp_uid_handle_st, RnpDeleter<rnp_uid_handle_destroy>>;
using IteratorHandle = std::unique_ptr<rnp_identifier_iterator_st, RnpDeleter<rnp_identifier_iterator_destroy>>;
using TextBuffer = std::unique_ptr<char, RnpDeleter<rnp_buffer_destroy>>;

// These getters return values: empty, false or 0 if RNP fails or has nothing.
template <typename Handle>
std::string TextOf(rnp_result_t (*get)(Handle, char**), Handle handle) {
  char* text = nullptr;
  if (get(handle, &text) != RNP_SUCCESS || text == nullptr) return {};
  const TextBuffer owner(text);
  return text;
}

template <typename Handle>
bool FlagOf(rnp_result_t (*get)(Handle, bool*), Handle handle) {
  bool flag = false;
  return get(handle, &flag) == RNP_SUCCESS && flag;
}

template <typename Handle, typename Number>
Number NumberOf(rnp_result_t (*get)(Handle, Number*), Handle handle) {
  Number number = 0;
  return get(handle, &number) == RNP_SUCCESS ? number : 0;
}

}  // namespace gateway::openpgp
