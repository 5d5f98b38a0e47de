// ASCII armor around OpenPGP messages (RFC 4880 section 6, RFC 9580 section 6.2), outside RNP: its own armor costs more
// than its AES and SHA together (docs/performance.md). Writer and reader are inverse.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/stream.h"

struct gcry_md_handle;

namespace gateway::openpgp {

// Lines of 64 characters ending in CRLF, with the checksum, which RFC 9580 makes optional and old readers want; by
// libgcrypt, which is fast at it.
class ArmorWriter : public Sink {
 public:
  explicit ArmorWriter(Sink& text);
  Result<void> Write(std::string_view bytes) override;
  // The last line, the checksum and the tail.
  Result<void> Finish();

 private:
  struct CloseChecksum {
    void operator()(gcry_md_handle* checksum) const;
  };
  void Encode(std::string_view bytes);
  Result<void> Flush();

  Sink& text_;
  std::unique_ptr<gcry_md_handle, CloseChecksum> checksum_;
  std::string pending_;  // less than a block
  std::string lines_;
};

// The bytes in the armor that begins with the line `head`, a "PGP MESSAGE" unless it says otherwise; anything else
// passes through as it is. The checksum is not looked at: encrypted data has a better one, and a key its signatures.
// corrupt "openpgp-damaged": no base64, or no tail line.
class ArmorReader : public Source {
 public:
  explicit ArmorReader(Source& text, std::string_view head = "-----BEGIN PGP MESSAGE-----")
      : text_(text), head_(head) {}
  ArmorReader(const ArmorReader&) = delete;
  ArmorReader& operator=(const ArmorReader&) = delete;
  ~ArmorReader() override;  // wipes its buffers: it may have been a secret key
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  enum class State { start, header, data, after, raw };
  // Refills bytes_; leaves it empty at the end only.
  Result<void> Produce();
  Result<void> Fill();
  // Takes whole lines from text; what is left of the last one stays in it.
  Result<void> TakeLines();
  Result<void> TakeLine(std::string_view line);
  Result<void> Decode(bool last);

  Source& text_;
  const std::string head_;
  State state_ = State::start;
  std::string input_;   // text not looked at yet
  std::string base64_;  // of lines, not decoded yet
  std::string bytes_;
  std::size_t position_ = 0;  // in bytes_
  bool at_end_ = false;
  bool saw_head_line_ = false;
};

}  // namespace gateway::openpgp
