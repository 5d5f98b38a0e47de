// Writes and reads ASCII armor around OpenPGP messages (RFC 4880 section 6, RFC 9580 section 6.2).
// RNP's own armor costs more than its AES and SHA together (docs/performance.md), so this works
// outside RNP. Writer and reader are inverse.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/read_buffer.h"
#include "gateway/stream.h"

struct gcry_md_handle;

namespace gateway::openpgp {

// Writes lines of 64 characters that end in CRLF, and the checksum. RFC 9580 makes the checksum
// optional, but old readers want it. libgcrypt computes it, because it is fast at it.
class ArmorWriter : public Sink {
 public:
  explicit ArmorWriter(Sink& text);
  Result<void> Write(std::string_view bytes) override;
  // Writes the last line, the checksum and the tail.
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

// Returns the bytes in the armor that begins with the line `head`, by default that of a "PGP
// MESSAGE". Anything else passes through as it is. The checksum is ignored: encrypted data has a
// better one, and a key has its signatures. Error: corrupt "openpgp-damaged" if there is no base64,
// or no tail line.
class ArmorReader : public Source {
 public:
  explicit ArmorReader(Source& text, std::string_view head = "-----BEGIN PGP MESSAGE-----")
      : text_(text), head_(head) {}
  ArmorReader(const ArmorReader&) = delete;
  ArmorReader& operator=(const ArmorReader&) = delete;
  // Wipes its buffers, which may have held a secret key.
  ~ArmorReader() override;
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  enum class State { start, header, data, after, raw };
  // Refills bytes_. It leaves bytes_ empty at the end only.
  Result<void> Produce();
  Result<void> Fill();
  // Takes whole lines from the text. The rest of the last one stays in it.
  Result<void> TakeLines();
  Result<void> TakeLine(std::string_view line);
  Result<void> Decode(bool last);

  Source& text_;
  const std::string head_;
  State state_ = State::start;
  ReadBuffer input_;    // text that was not looked at yet
  std::string base64_;  // from lines, not decoded yet
  std::string bytes_;
  std::size_t position_ = 0;  // in bytes_
  bool at_end_ = false;
  bool saw_head_line_ = false;
};

}  // namespace gateway::openpgp
