// Says whether OpenPGP packets (RFC 4880 section 4) are those of keys and signatures only, however
// many of them there are. A label never says so. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway::mime {

class PacketWatch {
 public:
  // Takes the next bytes, in pieces of any size.
  void Take(std::string_view bytes);
  // Returns whether something else came: an encrypted message, data, or no packet at all. A
  // certificate and a key of X.509 are one sequence of ASN.1, and nothing follows it.
  [[nodiscard]] bool is_foreign() const { return is_foreign_; }
  [[nodiscard]] bool has_key() const { return has_key_; }
  [[nodiscard]] bool has_signature() const { return has_signature_; }
  // Returns whether the last packet came as a whole.
  [[nodiscard]] bool is_whole() const { return header_.empty() && left_ == 0; }

 private:
  // Returns false if the header needs more bytes.
  bool TakeHeader();
  bool TakeSequence();
  void TakeTag(unsigned tag);
  void TakeVersion(char first);

  std::string header_;      // of the next packet, as far as it came
  std::uint64_t left_ = 0;  // bytes of the body that did not come yet
  unsigned tag_ = 0;
  bool at_body_ = false;  // the next byte is the first one of a body
  bool is_first_ = true;  // no packet came so far
  bool is_sequence_ = false;
  bool is_foreign_ = false;
  bool has_key_ = false;
  bool has_signature_ = false;
};

// Takes the base64 of a block of armor, word by word.
class ArmoredPackets {
 public:
  void TakeWord(std::string_view word);
  // Returns whether something came that is no key, or is no base64.
  [[nodiscard]] bool is_foreign() const { return is_damaged_ || packets_.is_foreign(); }
  // Returns whether all of it can be decoded, nothing else came, and the last packet is whole.
  [[nodiscard]] bool IsWhole() const;

 private:
  PacketWatch packets_;
  std::string letters_;      // of a group of four that is not complete
  bool is_padded_ = false;   // nothing may follow
  bool is_damaged_ = false;  // it is no base64
};

}  // namespace gateway::mime
