// Edits of hostile files. The first byte chooses the edits, and the rest is the file.

#include "dicom/header_reader.h"
#include "fuzz.h"
#include "support/edit_promises.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway;
  if (size == 0) return 0;
  const UniqueFd file = fuzz::FileWith(fuzz::Text(data + 1, size - 1));
  const auto header = dicom::ReadHeader(file.get());
  if (!header) return 0;
  const auto new_file = []() -> Result<UniqueFd> { return fuzz::FileWith(""); };
  PROMISE(BrokenPromise(file.get(), *header, data[0], new_file).empty());
  return 0;
}
