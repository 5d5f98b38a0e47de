#include "dicom/coding/jpeg2000.h"

#include <openjpeg.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

constexpr unsigned kMostTiles = 16'384;
constexpr std::size_t kStreamBuffer = 65'536;

Error NotDecoded(const char* why) {
  return Corrupt(codes::kNotDecoded, why);
}

struct FreeCodec {
  void operator()(opj_codec_t* codec) const { opj_destroy_codec(codec); }
};
struct FreeStream {
  void operator()(opj_stream_t* stream) const { opj_stream_destroy(stream); }
};
struct FreeImage {
  void operator()(opj_image_t* image) const { opj_image_destroy(image); }
};
using Codec = std::unique_ptr<opj_codec_t, FreeCodec>;
using Stream = std::unique_ptr<opj_stream_t, FreeStream>;
using Image = std::unique_ptr<opj_image_t, FreeImage>;

// OpenJPEG goes on after a warning, with pixels that may be wrong. One of its warnings only says
// that an encoder numbered the parts of a tile from 1, and that has no effect.
void OnWarning(const char* text, void* warned) {
  constexpr std::string_view kHarmless = "Non conformant codestream TPsot==TNsot";
  if (!std::string_view(text).starts_with(kHarmless)) *static_cast<bool*>(warned) = true;
}

void Ignore(const char* /*text*/, void* /*data*/) {}

void SetHandlers(opj_codec_t* codec, bool& warned) {
  opj_set_error_handler(codec, Ignore, nullptr);
  opj_set_info_handler(codec, Ignore, nullptr);
  opj_set_warning_handler(codec, OnWarning, &warned);
}

// The callbacks of a stream that reads from memory.
struct Reading {
  std::string_view bytes;
  std::size_t position = 0;

  static OPJ_SIZE_T Read(void* buffer, OPJ_SIZE_T size, void* data) {
    auto& self = *static_cast<Reading*>(data);
    const std::size_t count = std::min<std::size_t>(size, self.bytes.size() - self.position);
    if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
    std::memcpy(buffer, self.bytes.data() + self.position, count);
    self.position += count;
    return count;
  }
  static OPJ_OFF_T Skip(OPJ_OFF_T size, void* data) {
    auto& self = *static_cast<Reading*>(data);
    if (size < 0) return -1;
    const auto count = std::min<std::size_t>(static_cast<std::size_t>(size), self.bytes.size() - self.position);
    self.position += count;
    return count == 0 && size > 0 ? -1 : static_cast<OPJ_OFF_T>(count);
  }
  static OPJ_BOOL Seek(OPJ_OFF_T position, void* data) {
    auto& self = *static_cast<Reading*>(data);
    if (position < 0 || static_cast<std::size_t>(position) > self.bytes.size()) return OPJ_FALSE;
    self.position = static_cast<std::size_t>(position);
    return OPJ_TRUE;
  }
};

// The callbacks of a stream that writes to memory.
struct Writing {
  std::string bytes;
  std::size_t position = 0;

  static OPJ_SIZE_T Write(void* buffer, OPJ_SIZE_T size, void* data) {
    auto& self = *static_cast<Writing*>(data);
    if (self.bytes.size() < self.position + size) self.bytes.resize(self.position + size);
    std::memcpy(self.bytes.data() + self.position, buffer, size);
    self.position += size;
    return size;
  }
  static OPJ_OFF_T Skip(OPJ_OFF_T size, void* data) {
    auto& self = *static_cast<Writing*>(data);
    if (size < 0) return -1;
    self.position += static_cast<std::size_t>(size);
    self.bytes.resize(std::max(self.bytes.size(), self.position));
    return size;
  }
  static OPJ_BOOL Seek(OPJ_OFF_T position, void* data) {
    auto& self = *static_cast<Writing*>(data);
    if (position < 0 || static_cast<std::size_t>(position) > self.bytes.size()) return OPJ_FALSE;
    self.position = static_cast<std::size_t>(position);
    return OPJ_TRUE;
  }
};

Stream StreamOf(Reading& reading) {
  Stream stream(opj_stream_create(kStreamBuffer, OPJ_TRUE));
  if (!stream) return stream;
  opj_stream_set_user_data(stream.get(), &reading, nullptr);
  opj_stream_set_user_data_length(stream.get(), reading.bytes.size());
  opj_stream_set_read_function(stream.get(), &Reading::Read);
  opj_stream_set_skip_function(stream.get(), &Reading::Skip);
  opj_stream_set_seek_function(stream.get(), &Reading::Seek);
  return stream;
}

Stream StreamOf(Writing& writing) {
  Stream stream(opj_stream_create(kStreamBuffer, OPJ_FALSE));
  if (!stream) return stream;
  opj_stream_set_user_data(stream.get(), &writing, nullptr);
  opj_stream_set_write_function(stream.get(), &Writing::Write);
  opj_stream_set_skip_function(stream.get(), &Writing::Skip);
  opj_stream_set_seek_function(stream.get(), &Writing::Seek);
  return stream;
}

std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// Looks at the SIZ marker segment (ISO 15444-1 section A.5.1), which is the first of a codestream.
// What it says decides how much memory OpenJPEG takes.
bool HasFormOf(std::string_view stream, const ImageForm& form) {
  constexpr std::size_t kFirstSample = 42;
  if (stream.size() < kFirstSample + 3 * form.samples) return false;
  const auto number = [&stream](std::size_t at) { return BigEndian(stream.substr(at, 4)); };
  const std::uint64_t right = number(8), bottom = number(12), left = number(16), top = number(20);
  const std::uint64_t tile_width = number(24), tile_height = number(28), tiles_left = number(32),
                      tiles_top = number(36);
  const bool sized = right > left && bottom > top && right - left == form.columns && bottom - top == form.rows;
  const bool tiled = tile_width > 0 && tile_height > 0 && tiles_left <= left && tiles_top <= top;
  if (!sized || !tiled || BigEndian(stream.substr(40, 2)) != form.samples) return false;
  const std::uint64_t across = (right - tiles_left + tile_width - 1) / tile_width;
  const std::uint64_t down = (bottom - tiles_top + tile_height - 1) / tile_height;
  if (across > kMostTiles || down > kMostTiles || across * down > kMostTiles) return false;
  for (std::size_t sample = 0; sample < form.samples; ++sample) {
    const std::string_view part = stream.substr(kFirstSample + 3 * sample, 3);
    const unsigned depth = (static_cast<unsigned char>(part[0]) & 0x7F) + 1;
    if (depth > form.allocated || depth > 31 || part[1] != 1 || part[2] != 1) return false;
  }
  return true;
}

// The attributes say whether the values are signed, as they do in every other transfer syntax. The
// codestream often says something else.
template <typename Stored>
void PutSamples(const opj_image_comp_t& from, const ImageForm& form, std::size_t at, std::string& out) {
  const auto step = static_cast<std::size_t>(form.samples) * sizeof(Stored);
  const std::size_t count = std::size_t{from.w} * from.h;
  const unsigned unused = 32 - from.prec;
  char* to = out.data() + at * sizeof(Stored);
  for (std::size_t i = 0; i < count; ++i, to += step) {
    const std::uint32_t left_aligned = static_cast<std::uint32_t>(from.data[i]) << unused;
    const auto value = form.representation == 0
                           ? static_cast<Stored>(left_aligned >> unused)
                           : static_cast<Stored>(static_cast<std::int32_t>(left_aligned) >> unused);
    std::memcpy(to, &value, sizeof value);
  }
}

template <typename Stored>
void TakeSamples(std::string_view frame, const ImageForm& form, std::size_t at, opj_image_comp_t& to) {
  const auto step = static_cast<std::size_t>(form.samples) * sizeof(Stored);
  const auto unused = static_cast<unsigned>(32 - form.stored);
  const std::size_t count = std::size_t{to.w} * to.h;
  const char* from = frame.data() + at * sizeof(Stored);
  for (std::size_t i = 0; i < count; ++i, from += step) {
    Stored stored;
    std::memcpy(&stored, from, sizeof stored);
    const std::uint32_t left_aligned = static_cast<std::uint32_t>(stored) << unused;
    to.data[i] = form.representation == 0 ? static_cast<OPJ_INT32>(left_aligned >> unused)
                                          : static_cast<std::int32_t>(left_aligned) >> unused;
  }
}

Result<Image> Decode(std::string_view codestream) {
  bool warned = false;
  Reading reading{codestream};
  const Codec codec(opj_create_decompress(OPJ_CODEC_J2K));
  const Stream stream = StreamOf(reading);
  if (!codec || !stream) return NotDecoded("no memory for JPEG 2000");
  SetHandlers(codec.get(), warned);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  if (!opj_setup_decoder(codec.get(), &parameters)) return NotDecoded("OpenJPEG does not start");
  opj_image_t* header = nullptr;
  const bool read = opj_read_header(stream.get(), codec.get(), &header) != OPJ_FALSE;
  Image image(header);
  if (!read || !image) return NotDecoded("the header of the JPEG 2000 is damaged");
  const bool decoded = opj_decode(codec.get(), stream.get(), image.get()) != OPJ_FALSE &&
                       opj_end_decompress(codec.get(), stream.get()) != OPJ_FALSE;
  if (!decoded || warned) return NotDecoded("the JPEG 2000 is damaged");
  return image;
}

bool IsWhole(const opj_image_t& image, const ImageForm& form) {
  return image.numcomps == form.samples &&
         std::all_of(image.comps, image.comps + image.numcomps, [&form](const opj_image_comp_t& part) {
           return part.data != nullptr && part.w == form.columns && part.h == form.rows && part.prec >= 1 &&
                  part.prec <= form.allocated && part.prec <= 31;
         });
}

Image ImageOf(std::string_view frame, const ImageForm& form) {
  std::array<opj_image_cmptparm_t, 4> parts{};
  for (std::size_t i = 0; i < form.samples; ++i) {
    parts[i].dx = parts[i].dy = 1;
    parts[i].w = static_cast<OPJ_UINT32>(form.columns);
    parts[i].h = static_cast<OPJ_UINT32>(form.rows);
    parts[i].prec = static_cast<OPJ_UINT32>(form.stored);
    parts[i].sgnd = form.representation == 0 ? 0 : 1;
  }
  const auto space = form.samples == 1 ? OPJ_CLRSPC_GRAY : OPJ_CLRSPC_UNSPECIFIED;
  Image image(opj_image_create(static_cast<OPJ_UINT32>(form.samples), parts.data(), space));
  if (!image) return image;
  image->x1 = static_cast<OPJ_UINT32>(form.columns);
  image->y1 = static_cast<OPJ_UINT32>(form.rows);
  for (std::size_t i = 0; i < form.samples; ++i) {
    form.allocated == 8 ? TakeSamples<std::uint8_t>(frame, form, i, image->comps[i])
                        : TakeSamples<std::uint16_t>(frame, form, i, image->comps[i]);
  }
  return image;
}

opj_cparameters_t LosslessParameters(const ImageForm& form) {
  opj_cparameters_t parameters;
  opj_set_default_encoder_parameters(&parameters);
  parameters.tcp_numlayers = 1;
  parameters.tcp_rates[0] = 0;
  parameters.cp_disto_alloc = 1;
  parameters.tcp_mct = 0;
  // Each resolution halves the size, and the smallest one must have at least one pixel.
  const std::uint64_t smallest = std::min(form.rows, form.columns);
  while (parameters.numresolution > 1 && smallest >> (parameters.numresolution - 1) == 0) --parameters.numresolution;
  return parameters;
}

}  // namespace

Result<DecodedFrame> DecodeJpeg2000(std::string_view bytes, const ImageForm& form) {
  constexpr std::string_view kStart("\xFF\x4F\xFF\x51", 4);
  const std::size_t start = bytes.find(kStart);
  if (start == std::string_view::npos) return NotDecoded("there is no JPEG 2000 codestream");
  if (!HasFormOf(bytes.substr(start), form))
    return NotDecoded("the JPEG 2000 has another form than the attributes say");
  GATEWAY_ASSIGN(const Image image, Decode(bytes.substr(start)));
  if (!IsWhole(*image, form)) return NotDecoded("the JPEG 2000 has another form than the attributes say");
  DecodedFrame frame{std::string(static_cast<std::size_t>(form.FrameSize()), '\0'), form};
  frame.form.planar = 0;
  if (image->comps[0].prec <= form.stored) frame.form.high_bit = form.stored - 1;
  if (form.photometric == "YBR_RCT" || form.photometric == "YBR_ICT") frame.form.photometric = "RGB";
  for (std::size_t i = 0; i < form.samples; ++i) {
    const opj_image_comp_t& part = image->comps[i];
    if (form.allocated == 8) PutSamples<std::uint8_t>(part, form, i, frame.bytes);
    if (form.allocated == 16) PutSamples<std::uint16_t>(part, form, i, frame.bytes);
    if (form.allocated == 32) PutSamples<std::uint32_t>(part, form, i, frame.bytes);
  }
  return frame;
}

Result<std::string> EncodeJpeg2000(std::string_view frame, const ImageForm& form) {
  const Error failed = Corrupt(codes::kNotCoded, "OpenJPEG cannot code it");
  // The wavelets of a noisy picture of one bit need more guard bits (section A.6.4) than the two
  // that OpenJPEG has, and it then leaves bits out without a word.
  if (form.stored < 2) return failed;
  bool warned = false;
  Writing writing;
  const Image image = ImageOf(frame, form);
  const Codec codec(opj_create_compress(OPJ_CODEC_J2K));
  const Stream stream = StreamOf(writing);
  if (!image || !codec || !stream) return failed;
  SetHandlers(codec.get(), warned);
  opj_cparameters_t parameters = LosslessParameters(form);
  const bool coded = opj_setup_encoder(codec.get(), &parameters, image.get()) &&
                     opj_start_compress(codec.get(), image.get(), stream.get()) &&
                     opj_encode(codec.get(), stream.get()) && opj_end_compress(codec.get(), stream.get());
  if (!coded) return failed;
  return std::move(writing.bytes);
}

}  // namespace gateway::dicom
