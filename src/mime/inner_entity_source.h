// Makes the bytes of an inner entity while they are read: text between the files, and the files in
// their transfer encoding. Only one file is open at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/files.h"
#include "gateway/settings/profile.h"
#include "mime/mail_writer.h"

namespace gateway::mime {

class InnerEntitySource : public Source {
 public:
  // Error: permanent "header-not-writable".
  static Result<std::unique_ptr<InnerEntitySource>> Create(const InnerEntity& entity);
  Result<std::size_t> Read(std::span<char> buffer) override;

 private:
  InnerEntitySource(InnerEncoding encoding, std::vector<PartFile> parts)
      : encoding_(encoding), parts_(std::move(parts)) {}

  // Puts the next bytes into pending_. It leaves pending_ empty at the end.
  Result<void> Produce();
  Result<void> ProduceFromFile();

  InnerEncoding encoding_;
  std::vector<PartFile> parts_;
  std::vector<std::string> headers_;  // one for each part, with the boundary line before it
  std::string closing_;
  std::size_t next_part_ = 0;
  std::optional<FileSource> file_;
  std::string raw_;
  std::string pending_;
  std::size_t position_ = 0;  // in pending_
};

}  // namespace gateway::mime
