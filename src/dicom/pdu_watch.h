// Watches the bytes of an association on their way to DCMTK (PS3.8 section 9.3), for three things.
// DCMTK would gather a command set in memory without end, in however many fragments, and also a
// request or an answer that negotiates an association. And its time grows with the square of the
// number of presentation contexts: 20 000 of them took it 1.4 s.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gateway::dicom {

class PduWatch {
 public:
  // No command set that PS3.7 defines is nearly as long as this. Real ones have some hundred bytes.
  static constexpr std::uint64_t kMaxCommand = 65'536;
  // 128 presentation contexts with all existing transfer syntaxes make a quarter of this.
  static constexpr std::uint64_t kMaxNegotiation = 524'288;
  // The numbers of contexts are odd and have one byte (PS3.8 section 9.3.2.2).
  static constexpr unsigned kMaxContexts = 128;

  // Takes the next bytes from the peer. False means that too much has been announced, or that this
  // is no PDU. Then the caller must read nothing more.
  bool Take(std::string_view bytes);
  // Returns the reason for the log: "command-too-long", "negotiation-too-long", "too-many-contexts"
  // or "protocol-error". Empty means that all is well.
  [[nodiscard]] std::string_view trouble() const { return trouble_; }

 private:
  enum class Part { pdu_header, pdv_header, item_header, content };
  static constexpr std::size_t kHeader = 6;  // of a PDU, and of a PDV
  static constexpr std::size_t kItemHeader = 4;

  bool Fail(std::string_view why);
  bool BeginPart();  // called once the part's header is complete
  void EndContent();
  bool BeginPdu();
  bool BeginPdv();
  bool BeginItem();
  bool BeginNegotiation(std::uint64_t length);
  [[nodiscard]] std::size_t HeaderSize() const { return part_ == Part::item_header ? kItemHeader : kHeader; }

  Part part_ = Part::pdu_header;
  std::array<std::uint8_t, kHeader> header_{};
  std::size_t have_ = 0;            // bytes of header_ that have come
  std::uint64_t content_left_ = 0;  // of the PDU's body, or of the PDV
  // Counts the bytes behind this PDV of a P-DATA-TF, or behind this item of a negotiation.
  std::uint64_t pdu_left_ = 0;
  bool negotiates_ = false;    // this PDU negotiates an association
  unsigned contexts_ = 0;      // of this negotiation
  std::uint64_t command_ = 0;  // bytes of the command set that is not over yet
  std::string_view trouble_;
};

}  // namespace gateway::dicom
