// A PACS gets a data set without its padding, and otherwise byte for byte.
#include <zlib.h>

#include "fixture.h"

namespace gateway::dicom {
namespace {

std::string Inflate(const std::string& deflated) {
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, -MAX_WBITS), Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
  stream.avail_in = static_cast<uInt>(deflated.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  (void)::inflateEnd(&stream);
  return out;
}

std::string Deflate(std::string plain) {
  z_stream stream{};
  EXPECT_EQ(::deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  (void)::deflateEnd(&stream);
  return out;
}

class PaddingSent : public testing::Test {
 protected:
  // Sends the file with another data set, and returns what came.
  std::string Send(const std::filesystem::path& file, const std::string& dataset) {
    const std::string head = ReadAll(file).substr(0, Describe(file).dataset_offset);
    const std::filesystem::path other = directory_ / "other.dcm";
    WriteFile(other, head + dataset);
    const auto status = scu_.Store(Describe(other));
    EXPECT_TRUE(status) << status.error().code << ": " << status.error().detail;
    EXPECT_EQ(DatasetOf(other), dataset) << "on disk";
    return status ? DatasetOf(handler_.instances().back().file) : std::string();
  }

  const std::vector<std::string> paddings_{
      std::string(1, '\0'),   std::string(512, '\0'), std::string(16, '\xFF'), std::string(80, ' '), "\r\n", "\x1A",
      std::string(15, '\xFF')};

 private:
  TempDirectory directory_;
  RecordingHandler handler_;
  std::unique_ptr<StorageScp> scp_ = StartScp(handler_);
  StorageScu scu_{PacsAt(scp_->port())};
};

TEST_F(PaddingSent, ItIsLeftOutInEachSyntax) {
  for (const char* name : {"CT_small.dcm", "MR_small_bigendian.dcm", "MR_small_implicit.dcm", "JPEG2000.dcm",
                           "MR_small_RLE.dcm", "test-SR.dcm", "rtplan.dcm"}) {
    const std::filesystem::path file = PydicomFile(name);
    const std::string dataset = DatasetOf(file);
    EXPECT_EQ(Send(file, dataset), Even(dataset)) << name;
    for (const std::string& padding : paddings_) {
      EXPECT_EQ(Send(file, dataset + padding), Even(dataset)) << name << " and " << padding.size();
    }
  }
}

TEST_F(PaddingSent, NeitherIsWhatFollowsThePixels) {
  const std::filesystem::path file = PydicomFile("MR_small_RLE.dcm");
  const std::string dataset = DatasetOf(file);
  EXPECT_EQ(Send(file, dataset + "hello world, and more"), Even(dataset));
}

TEST_F(PaddingSent, BehindAndWithinADeflatedDataSetToo) {
  const std::filesystem::path file = PydicomFile("image_dfl.dcm");
  const std::string dataset = DatasetOf(file);
  const std::string plain = Inflate(dataset);
  EXPECT_EQ(Send(file, dataset), Even(dataset));
  for (const std::string& padding : paddings_) {
    EXPECT_EQ(Send(file, dataset + padding), Even(dataset)) << padding.size();
    const std::string sent = Send(file, Deflate(plain + padding));
    EXPECT_EQ(Inflate(sent), plain) << padding.size();
    EXPECT_EQ(sent.size() % 2, 0U);
  }
}

}  // namespace
}  // namespace gateway::dicom
