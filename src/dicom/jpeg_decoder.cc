// Decodes a JPEG row by row with libjpeg, in the sandboxed open worker. libjpeg leaves by longjmp()
// when it meets an error, so the code around it must not hold anything with a destructor. Memory
// and scans are bounded, because a small file can ask for a lot of both.
#include <csetjmp>
#include <cstdio>

// jpeglib.h needs the two headers above.
#include <jpeglib.h>
// jerror.h needs jpeglib.h.
#include <jerror.h>

#include <array>
#include <string>
#include <vector>

#include "base/error_codes.h"
#include "base/files.h"
#include "dicom/document_modules.h"
#include "dicom/error_codes.h"
#include "dicom/image_decoder.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kReadSize = 65'536;
constexpr long kMaxMemory = 900L * 1024 * 1024;  // a progressive image is kept in coefficients, 2 bytes a sample
constexpr int kMaxScans = 200;                   // each goes over the whole image: more would only burn time

// Everything that libjpeg's callbacks see. To libjpeg the callbacks are C, and its errors jump over
// them. So nothing here or in them may have a destructor that would be skipped.
struct JpegState {
  jpeg_decompress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg_source_mgr source;
  jpeg_progress_mgr progress;
  std::jmp_buf escape;
  int fd;
  std::uint64_t position;
  std::uint64_t size;
  bool read_failed;
  bool damaged;  // libjpeg went on although the data are not right
  std::array<JOCTET, kReadSize> buffer;
};

JpegState& StateOf(j_common_ptr jpeg) {
  return *static_cast<JpegState*>(jpeg->client_data);
}

[[noreturn]] void OnError(j_common_ptr jpeg) {
  std::longjmp(StateOf(jpeg).escape, 1);
}

// Level -1 is a warning. A warning that only says that the file is unusual is no reason to refuse
// it.
void OnMessage(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_ARITH_BAD_CODE:
      StateOf(jpeg).damaged = true;
      break;
    default:
      break;
  }
}

void Ignore(j_common_ptr) {}

void OnProgress(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number > kMaxScans) OnError(jpeg);
}

void OnSource(j_decompress_ptr) {}

bool ReadMore(JpegState& state, std::size_t& count) {
  FdSource source(state.fd, {state.position, state.size - state.position});
  const Result<std::size_t> read = source.Read({reinterpret_cast<char*>(state.buffer.data()), state.buffer.size()});
  if (read) count = *read;
  return read.ok();
}

boolean FillBuffer(j_decompress_ptr jpeg) {
  JpegState& state = StateOf(reinterpret_cast<j_common_ptr>(jpeg));
  std::size_t count = 0;
  state.read_failed = !ReadMore(state, count);
  if (state.read_failed || count == 0) {
    state.damaged = true;
    OnError(reinterpret_cast<j_common_ptr>(jpeg));
  }
  state.position += count;
  state.source.next_input_byte = state.buffer.data();
  state.source.bytes_in_buffer = count;
  return TRUE;
}

void SkipBytes(j_decompress_ptr jpeg, long count) {
  JpegState& state = StateOf(reinterpret_cast<j_common_ptr>(jpeg));
  if (count <= 0) return;
  const auto wanted = static_cast<std::uint64_t>(count);
  if (wanted <= state.source.bytes_in_buffer) {
    state.source.next_input_byte += wanted;
    state.source.bytes_in_buffer -= wanted;
    return;
  }
  const std::uint64_t beyond = wanted - state.source.bytes_in_buffer;
  state.source.bytes_in_buffer = 0;
  state.position = beyond > state.size - state.position ? state.size : state.position + beyond;
}

// Runs one call of libjpeg. Returns false if it ended by an error. Neither `call` nor this frame
// may hold anything whose destructor would be skipped.
template <typename Call>
bool Guarded(JpegState& state, Call call) {
  if (setjmp(state.escape) != 0) return false;
  call();
  return true;
}

unsigned char Scale(unsigned a, unsigned b) {
  return static_cast<unsigned char>((a * b + 127) / 255);
}

class JpegDecoder : public ImageDecoder {
 public:
  JpegDecoder(int fd, std::uint64_t size) : state_(std::make_unique<JpegState>()) {
    state_->fd = fd;
    state_->size = size;
  }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  ~JpegDecoder() override {
    if (created_) jpeg_destroy_decompress(&state_->jpeg);
  }

  Result<void> Start() {
    JpegState& state = *state_;
    j_decompress_ptr jpeg = &state.jpeg;
    PrepareErrors();
    created_ = Guarded(state, [jpeg] { jpeg_create_decompress(jpeg); });
    if (!created_) return Transient(codes::kOutOfResources, "libjpeg did not start");
    PrepareSource();
    if (!Guarded(state, [jpeg] { jpeg_read_header(jpeg, TRUE); })) return Failure();
    GATEWAY_TRY(CheckPixels(jpeg->image_width, jpeg->image_height));
    jpeg->out_color_space = OutputSpace();
    jpeg->dct_method = JDCT_ISLOW;
    if (!Guarded(state, [jpeg] { jpeg_start_decompress(jpeg); })) return Failure();
    line_.resize(std::size_t{jpeg->output_width} * static_cast<unsigned>(jpeg->output_components));
    return {};
  }

  [[nodiscard]] ImageShape shape() const override {
    const jpeg_decompress_struct& jpeg = state_->jpeg;
    return {jpeg.output_width, jpeg.output_height, jpeg.out_color_space == JCS_GRAYSCALE ? 1U : 3U, 1};
  }

  Result<void> NextRow(std::span<unsigned char> row) override {
    j_decompress_ptr jpeg = &state_->jpeg;
    JSAMPROW line = line_.data();
    if (!Guarded(*state_, [jpeg, &line] { jpeg_read_scanlines(jpeg, &line, 1); }) || state_->damaged) return Failure();
    // libjpeg does not convert CMYK to RGB.
    if (jpeg->out_color_space == JCS_CMYK) {
      FromCmyk(row);
    } else {
      std::copy(line_.begin(), line_.end(), row.begin());
    }
    return {};
  }

 private:
  void PrepareErrors() {
    JpegState& state = *state_;
    state.jpeg.err = jpeg_std_error(&state.errors);
    state.jpeg.client_data = &state;
    state.errors.error_exit = &OnError;
    state.errors.emit_message = &OnMessage;
    state.errors.output_message = &Ignore;
  }

  // Must be called after jpeg_create_decompress(), which clears these.
  void PrepareSource() {
    JpegState& state = *state_;
    state.source.init_source = &OnSource;
    state.source.fill_input_buffer = &FillBuffer;
    state.source.skip_input_data = &SkipBytes;
    state.source.resync_to_restart = &jpeg_resync_to_restart;
    state.source.term_source = &OnSource;
    state.jpeg.src = &state.source;
    state.progress.progress_monitor = &OnProgress;
    state.jpeg.progress = &state.progress;
    state.jpeg.mem->max_memory_to_use = kMaxMemory;
  }

  [[nodiscard]] J_COLOR_SPACE OutputSpace() const {
    switch (state_->jpeg.jpeg_color_space) {
      case JCS_GRAYSCALE:
        return JCS_GRAYSCALE;
      case JCS_CMYK:
      case JCS_YCCK:
        return JCS_CMYK;
      default:
        return JCS_RGB;
    }
  }

  // Adobe's writers store the complement, and so do nearly all others.
  void FromCmyk(std::span<unsigned char> row) const {
    const bool complement = state_->jpeg.saw_Adobe_marker != FALSE;
    const auto ink = [&](std::size_t i) { return complement ? line_[i] : static_cast<unsigned char>(255 - line_[i]); };
    for (std::size_t pixel = 0; pixel < row.size() / 3; ++pixel) {
      for (std::size_t colour = 0; colour < 3; ++colour) {
        row[pixel * 3 + colour] = Scale(ink(pixel * 4 + colour), ink(pixel * 4 + 3));
      }
    }
  }

  [[nodiscard]] Error Failure() const {
    if (state_->read_failed) return Transient(codes::kDiskError, "the document cannot be read");
    if (!state_->damaged) {
      switch (state_->errors.msg_code) {
        case JERR_SOF_UNSUPPORTED:
        case JERR_BAD_PRECISION:
        case JERR_ARITH_NOTIMPL:
        case JERR_CONVERSION_NOTIMPL:
        case JERR_COMPONENT_COUNT:
          return Corrupt(codes::kDocumentNotConvertible,
                         "a JPEG of a kind that is not decoded: lossless, arithmetic, of more than 8 bits, or of other "
                         "colours than usual");
        case JERR_OUT_OF_MEMORY:
        case JERR_NO_BACKING_STORE:
          return Corrupt(codes::kDocumentTooLarge, "JPEG: out of memory");
        default:
          break;
      }
    }
    return Corrupt(codes::kDocumentDamaged, "JPEG: libjpeg message " + std::to_string(state_->errors.msg_code));
  }

  std::unique_ptr<JpegState> state_;
  bool created_ = false;
  std::vector<unsigned char> line_;
};

}  // namespace

Result<std::unique_ptr<ImageDecoder>> OpenJpeg(int fd, std::uint64_t size) {
  auto decoder = std::make_unique<JpegDecoder>(fd, size);
  GATEWAY_TRY(decoder->Start());
  return std::unique_ptr<ImageDecoder>(std::move(decoder));
}

}  // namespace gateway::dicom
