// Decodes a PNG row by row with libpng, in the sandboxed open worker. libpng leaves by longjmp()
// when it meets an error, so the code around it must not hold anything with a destructor. DICOM has
// no transparency, so pixels are laid over white.
#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <new>
#include <vector>

#include "base/error_codes.h"
#include "base/files.h"
#include "dicom/document_modules.h"
#include "dicom/error_codes.h"
#include "dicom/image_decoder.h"

namespace gateway::dicom {
namespace {

constexpr png_uint_32 kMaxSide = 65'535;  // Rows and Columns are 16-bit numbers
// Limits what libpng may keep of one chunk, apart from the image itself.
constexpr png_alloc_size_t kMaxChunk = 8'000'000;

// Everything that libpng's callbacks see. libpng's errors jump over them, so nothing here may have
// a destructor that would be skipped.
struct PngState {
  png_structp png;
  png_infop info;
  std::jmp_buf escape;
  int fd;
  std::uint64_t position;
  std::uint64_t size;
  bool read_failed;
};

[[noreturn]] void OnError(png_structp png, png_const_charp) {
  std::longjmp(static_cast<PngState*>(png_get_error_ptr(png))->escape, 1);
}

void OnWarning(png_structp, png_const_charp) {}

bool ReadAt(PngState& state, png_bytep bytes, std::size_t count) {
  if (count > state.size - state.position) return false;
  FdSource source(state.fd, {state.position, count});
  const Result<std::size_t> read = ReadFully(source, {reinterpret_cast<char*>(bytes), count});
  state.read_failed = !read.ok();
  state.position += count;
  return read.ok();
}

void OnRead(png_structp png, png_bytep bytes, std::size_t count) {
  if (!ReadAt(*static_cast<PngState*>(png_get_io_ptr(png)), bytes, count)) OnError(png, "");
}

// Runs some calls of libpng. Returns false if they ended by an error. Neither `call` nor this frame
// may hold anything whose destructor would be skipped.
template <typename Call>
bool Guarded(PngState& state, Call call) {
  if (setjmp(state.escape) != 0) return false;
  call();
  return true;
}

// Text, profiles and the like would only cost memory.
constexpr std::array<png_byte, 50> kIgnoredChunks{
    'c', 'H', 'R', 'M', 0, 'g', 'A', 'M', 'A', 0, 'h', 'I', 'S', 'T', 0, 'i', 'C', 'C', 'P', 0, 'i', 'T', 'X', 't', 0,
    'p', 'C', 'A', 'L', 0, 's', 'C', 'A', 'L', 0, 's', 'P', 'L', 'T', 0, 't', 'E', 'X', 't', 0, 'z', 'T', 'X', 't', 0};

unsigned char OverWhite(unsigned value, unsigned alpha) {
  return static_cast<unsigned char>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

class PngDecoder : public ImageDecoder {
 public:
  PngDecoder(int fd, std::uint64_t size) : state_(std::make_unique<PngState>()) {
    state_->fd = fd;
    state_->size = size;
  }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;
  ~PngDecoder() override { png_destroy_read_struct(&state_->png, &state_->info, nullptr); }

  Result<void> Start() {
    PngState* state = state_.get();
    if (!Guarded(*state, [state] { Create(*state); }) || state->info == nullptr) {
      return Transient(codes::kOutOfResources, "libpng did not start");
    }
    if (!Guarded(*state, [state] { png_read_info(state->png, state->info); })) return Failure();
    const std::uint64_t width = png_get_image_width(state->png, state->info);
    const std::uint64_t height = png_get_image_height(state->png, state->info);
    GATEWAY_TRY(CheckPixels(width, height));
    if (!Guarded(*state, [state] { Transform(*state); })) return Failure();
    channels_ = png_get_channels(state->png, state->info);
    shape_ = {static_cast<unsigned>(width), static_cast<unsigned>(height), channels_ < 3 ? 1U : 3U,
              png_get_bit_depth(state->png, state->info) / 8U};
    line_size_ = png_get_rowbytes(state->png, state->info);
    if (line_size_ != std::size_t{shape_.width} * channels_ * shape_.bytes) return Failure();
    interlaced_ = png_get_interlace_type(state->png, state->info) != PNG_INTERLACE_NONE;
    return interlaced_ ? ReadAllRows() : Allocate(line_size_);
  }

  [[nodiscard]] ImageShape shape() const override { return shape_; }

  Result<void> NextRow(std::span<unsigned char> row) override {
    const unsigned char* line = lines_.data();
    if (interlaced_) {
      line += line_size_ * rows_given_++;
    } else if (!ReadRow(lines_.data())) {
      return Failure();
    }
    if (channels_ == shape_.samples) {
      std::copy(line, line + line_size_, row.begin());
      return {};
    }
    for (std::size_t pixel = 0; pixel < shape_.width; ++pixel, line += channels_) {
      for (std::size_t i = 0; i < shape_.samples; ++i) {
        row[pixel * shape_.samples + i] = OverWhite(line[i], line[shape_.samples]);
      }
    }
    return {};
  }

 private:
  static void Create(PngState& state) {
    state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, &OnError, &OnWarning);
    if (state.png == nullptr) return;
    state.info = png_create_info_struct(state.png);
    png_set_read_fn(state.png, &state, &OnRead);
    png_set_user_limits(state.png, kMaxSide, kMaxSide);
    png_set_chunk_malloc_max(state.png, kMaxChunk);
    png_set_keep_unknown_chunks(state.png, PNG_HANDLE_CHUNK_NEVER, kIgnoredChunks.data(),
                                static_cast<int>(kIgnoredChunks.size() / 5));
  }

  // Asks libpng for 8-bit samples without a palette. Only grey of 16 bits without transparency
  // keeps its depth.
  static void Transform(PngState& state) {
    png_structp png = state.png;
    const bool grey = (png_get_color_type(png, state.info) & (PNG_COLOR_MASK_COLOR | PNG_COLOR_MASK_ALPHA)) == 0;
    const bool transparent = png_get_valid(png, state.info, PNG_INFO_tRNS) != 0;
    png_set_expand(png);
    if (grey && !transparent) {
      // PNG has 16-bit samples in big endian.
      png_set_swap(png);
    } else {
      png_set_scale_16(png);
    }
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, state.info);
  }

  Result<void> Allocate(std::size_t size) {
    try {
      lines_.resize(size);
    } catch (const std::bad_alloc&) {
      return Corrupt(codes::kDocumentTooLarge, "PNG: out of memory");
    }
    return {};
  }

  bool ReadRow(unsigned char* line) {
    png_structp png = state_->png;
    return Guarded(*state_, [png, line] { png_read_row(png, line, nullptr); });
  }

  // Interlaced images come in seven passes, each over the whole image.
  Result<void> ReadAllRows() {
    constexpr int kPasses = 7;
    GATEWAY_TRY(Allocate(line_size_ * shape_.height));
    for (int pass = 0; pass < kPasses; ++pass) {
      for (std::size_t row = 0; row < shape_.height; ++row) {
        if (!ReadRow(lines_.data() + row * line_size_)) return Failure();
      }
    }
    return {};
  }

  [[nodiscard]] Error Failure() const {
    if (state_->read_failed) return Transient(codes::kDiskError, "the document cannot be read");
    return Corrupt(codes::kDocumentDamaged, "PNG: cannot be decoded");
  }

  std::unique_ptr<PngState> state_;
  ImageShape shape_;
  unsigned channels_ = 0;  // as libpng gives them
  std::size_t line_size_ = 0;
  bool interlaced_ = false;
  std::size_t rows_given_ = 0;
  std::vector<unsigned char> lines_;  // one row; of an interlaced image, all rows
};

}  // namespace

Result<std::unique_ptr<ImageDecoder>> OpenPng(int fd, std::uint64_t size) {
  auto decoder = std::make_unique<PngDecoder>(fd, size);
  GATEWAY_TRY(decoder->Start());
  return std::unique_ptr<ImageDecoder>(std::move(decoder));
}

}  // namespace gateway::dicom
