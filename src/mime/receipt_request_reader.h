// Finds the request for a receipt inside the encryption: X-TELEMEDICINE-DISPOSITION-NOTIFICATION-TO
// in the header of the encrypted entity, the Content-ID with which the receipt names what it
// answers, and X-DMGW-NONCE.
#pragma once

#include <optional>
#include <string>

#include "mime/entity_walker.h"
#include "mime/header_block.h"
#include "mime/mail_reader.h"

namespace gateway::mime {

class ReceiptRequestReader {
 public:
  // Must see each header, in order, as EntityWalker shows it.
  void See(const HeaderBlock& header, const Leaf& entity);
  [[nodiscard]] std::optional<PgpReceiptRequest> request() const;
  // Returns the secret that a receipt of either kind repeats. It is empty if there is none, or only
  // one in the unsigned header of a multipart/signed.
  [[nodiscard]] const std::string& nonce() const { return nonce_; }

 private:
  // The header of a multipart/signed is not signed itself, so a value inside takes precedence over
  // one in it.
  template <typename T>
  struct Found {
    T value{};
    bool of_wrapper = false;
    bool any = false;
  };

  Found<PgpReceiptRequest> request_;
  Found<std::string> content_id_;
  std::string nonce_;
  bool past_first_part_ = false;
};

}  // namespace gateway::mime
