// Watches the bytes of an association on their way to DCMTK (PS3.8 section 9.3), for what DCMTK would gather in memory
// without end: a command set, in however many fragments, and a request or an answer that negotiates an association; and
// for more presentation contexts than there can be, for which DCMTK's time grows with their square (20 000 of them: 1.4
// s).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway::dicom {

class PduWatch {
 public:
  // No command set that PS3.7 defines comes near this: real ones have some hundred bytes.
  static constexpr std::uint64_t kMaxCommand = 65'536;
  // 128 presentation contexts with all transfer syntaxes that there are make a quarter of it.
  static constexpr std::uint64_t kMaxNegotiation = 524'288;
  // Their numbers are odd and of one byte (PS3.8 section 9.3.2.2).
  static constexpr unsigned kMaxContexts = 128;

  // The next bytes from the peer. False: too much has been announced, or it is no PDU; nothing more is to be read.
  bool Take(std::string_view bytes);
  // Why not, for the log: "command-too-long", "negotiation-too-long", "too-many-contexts" or "protocol-error";
  // empty: all is well.
  [[nodiscard]] std::string_view trouble() const { return trouble_; }

 private:
  enum class Part { pdu_header, pdv_header, item_header, content };
  static constexpr std::size_t kHeader = 6;  // of a PDU, and of a PDV
  static constexpr std::size_t kItemHeader = 4;

  bool Fail(std::string_view why);
  bool BeginPart();  // its header is here
  void EndContent();
  bool BeginPdu();
  bool BeginPdv();
  bool BeginItem();
  bool BeginNegotiation(std::uint64_t length);
  [[nodiscard]] std::size_t HeaderSize() const { return part_ == Part::item_header ? kItemHeader : kHeader; }

  Part part_ = Part::pdu_header;
  std::array<std::uint8_t, kHeader> header_{};
  std::size_t have_ = 0;            // bytes of header_
  std::uint64_t content_left_ = 0;  // of the PDU's body, or of the PDV
  std::uint64_t pdu_left_ = 0;      // of a P-DATA-TF behind this PDV, of a negotiation behind this item
  bool negotiates_ = false;         // this PDU does
  unsigned contexts_ = 0;           // of this negotiation
  std::uint64_t command_ = 0;       // bytes of the command set that is not over yet
  std::string_view trouble_;
};

}  // namespace gateway::dicom
