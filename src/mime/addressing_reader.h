// Finds SignedAddressing in the header of the decrypted entity, and in that of the signed part of a
// multipart/signed.
#pragma once

#include "mime/entity_walker.h"
#include "mime/header_block.h"
#include "mime/mail_reader.h"

namespace gateway::mime {

class AddressingReader {
 public:
  // Must see each header, in order, as EntityWalker shows it.
  void See(const HeaderBlock& header, const Leaf& entity);
  [[nodiscard]] const SignedAddressing& addressing() const { return addressing_; }

 private:
  SignedAddressing addressing_;
  bool done_ = false;
};

}  // namespace gateway::mime
