// Deflates a data set (PS3.5 section A.5). Private to this folder.
#pragma once

#include <memory>

#include "gateway/stream.h"

namespace gateway::dicom {

class DeflatingSink : public Sink {
 public:
  explicit DeflatingSink(Sink& sink);
  ~DeflatingSink() override;
  Result<void> Write(std::string_view bytes) override;
  // Must be called once, behind the last byte. It makes the length even.
  Result<void> Finish();

 private:
  class Deflater;
  std::unique_ptr<Deflater> deflater_;
};

}  // namespace gateway::dicom
