// Expected failures are values. Result<T> carries either a T or an Error. The fault of the Error
// decides the fate of the item that failed. Only src/policy/failure_policy.h turns a fault into
// retry, failure or quarantine.
#pragma once

#include <algorithm>
#include <cassert>
#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "gateway/error_code.h"

namespace gateway {

enum class Fault {
  transient,  // may pass by itself: network, SMTP 4xx, DIMSE A7xx, disk full. Retried with back-off.
  permanent,  // will not pass by itself: SMTP 5xx, refused SOP class. Failed, kept, retried by hand.
  corrupt,    // the item itself is bad: decryption, signature, parse. Quarantined.
  config,     // the configuration is wrong. The start is refused.
};

// `code` is the name of an ErrorCode. It is text because the opener's protocol and the ledger's
// rows carry it. `detail` is for people. Neither ever holds patient data, passwords or keys.
struct Error {
  Fault fault = Fault::permanent;
  std::string code;
  std::string detail;
};

// Makes an Error of a code that is known as text only, because it comes from the ledger, from the
// opener's protocol or from another error.
inline Error ErrorNamed(Fault fault, std::string_view code, std::string detail = {}) {
  return {fault, std::string(code), std::move(detail)};
}
inline Error Transient(const ErrorCode& code, std::string detail = {}) {
  return ErrorNamed(Fault::transient, code.name, std::move(detail));
}
inline Error Permanent(const ErrorCode& code, std::string detail = {}) {
  return ErrorNamed(Fault::permanent, code.name, std::move(detail));
}
inline Error Corrupt(const ErrorCode& code, std::string detail = {}) {
  return ErrorNamed(Fault::corrupt, code.name, std::move(detail));
}
inline Error ConfigError(const ErrorCode& code, std::string detail = {}) {
  return ErrorNamed(Fault::config, code.name, std::move(detail));
}

inline bool Is(std::string_view name, const ErrorCode& code) {
  return name == code.name;
}
inline bool Is(const Error& error, const ErrorCode& code) {
  return Is(error.code, code);
}
// `error` is an Error, or the name of an error that the ledger keeps.
template <typename E, std::same_as<ErrorCode>... Codes>
bool IsOneOf(const E& error, const Codes&... codes) {
  return (Is(error, codes) || ...);
}
inline bool IsOneOf(const Error& error, std::span<const ErrorCode> codes) {
  return std::ranges::any_of(codes, [&](const ErrorCode& code) { return Is(error, code); });
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), std::get<0>(state_); }
  const T& value() const& { return assert(ok()), std::get<0>(state_); }
  // This returns by value, so that a range-for over a temporary Result does not dangle.
  T value() && { return assert(ok()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const { return assert(!ok()), std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() : error_(), ok_(true) {}
  Result(Error error) : error_(std::move(error)), ok_(false) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  [[nodiscard]] const Error& error() const { return assert(!ok_), error_; }

 private:
  Error error_;
  bool ok_;
};

}  // namespace gateway

// Returns the error of a Result<void> expression from the enclosing function.
#define GATEWAY_TRY(expression)                                                    \
  do {                                                                             \
    if (auto try_result_ = (expression); !try_result_) return try_result_.error(); \
  } while (false)

// GATEWAY_ASSIGN(auto x, F()) declares x as the value of F(), or returns F()'s error.
#define GATEWAY_CONCAT_(a, b) a##b
#define GATEWAY_CONCAT(a, b) GATEWAY_CONCAT_(a, b)
#define GATEWAY_ASSIGN(declaration, expression) \
  GATEWAY_ASSIGN_(declaration, expression, GATEWAY_CONCAT(assigned_, __LINE__))
#define GATEWAY_ASSIGN_(declaration, expression, name) \
  auto name = (expression);                            \
  if (!name) return name.error();                      \
  declaration = std::move(name).value()
