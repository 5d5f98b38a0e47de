#include "mime/gmime_values.h"

#include <gmime/gmime.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <span>
#include <utility>

#include "base/files.h"
#include "mime/base64_text.h"
#include "mime/header_block.h"

namespace gateway::mime {
namespace {

struct FreeGlib {
  void operator()(char* text) const { g_free(text); }
};
struct UnrefGObject {
  void operator()(void* object) const { g_object_unref(object); }
};
struct UnrefDateTime {
  void operator()(GDateTime* time) const { g_date_time_unref(time); }
};
using GlibText = std::unique_ptr<char, FreeGlib>;
template <typename T>
using GObjectPtr = std::unique_ptr<T, UnrefGObject>;
using GDateTimePtr = std::unique_ptr<GDateTime, UnrefDateTime>;

std::string Bounded(const std::string& value) {
  return value.substr(0, kLongestValue);
}

std::string OrEmpty(const char* text) {
  return text ? std::string(text) : std::string();
}

// Such texts are compared, logged and written into headers. A control character becomes one that
// matches nothing.
std::string Printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

struct CloseIconv {
  using pointer = iconv_t;
  void operator()(iconv_t descriptor) const {
    if (descriptor != reinterpret_cast<iconv_t>(-1)) iconv_close(descriptor);
  }
};
using IconvPtr = std::unique_ptr<void, CloseIconv>;

// glibc reads a character set's module at its first use, and keeps it while a descriptor is open.
// So these stay open.
std::vector<IconvPtr> LoadCharsets() {
  std::vector<IconvPtr> descriptors;
  for (const char* charset : {"ISO-8859-1", "ISO-8859-15", "WINDOWS-1252"}) {
    descriptors.emplace_back(iconv_open("UTF-8", charset));
    descriptors.emplace_back(iconv_open(charset, "UTF-8"));
  }
  return descriptors;
}

std::map<std::string, std::string> Parameters(GMimeParamList* list) {
  std::map<std::string, std::string> parameters;
  const int count = g_mime_param_list_length(list);
  for (int i = 0; i < count; ++i) {
    GMimeParam* parameter = g_mime_param_list_get_parameter_at(list, i);
    parameters.try_emplace(LowerCase(OrEmpty(g_mime_param_get_name(parameter))),
                           OrEmpty(g_mime_param_get_value(parameter)));
  }
  return parameters;
}

void CollectAddresses(InternetAddressList* list, std::size_t limit, std::vector<std::string>& addresses) {
  const int count = internet_address_list_length(list);
  for (int i = 0; i < count && addresses.size() < limit; ++i) {
    InternetAddress* address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(address)) {
      addresses.push_back(Printable(OrEmpty(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)))));
    } else if (INTERNET_ADDRESS_IS_GROUP(address)) {
      if (auto* members = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address))) {
        CollectAddresses(members, limit, addresses);
      }
    }
  }
}

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

// Returns where the line after "begin 644 name" starts, or 0 if there is no such line near the
// start.
std::uint64_t UuencodedStart(int fd, ByteRange range) {
  std::string text(std::min<std::uint64_t>(range.length, 4096), '\0');
  FdSource source(fd, range);
  const auto filled = ReadFully(source, text);
  text.resize(filled ? *filled : 0);
  std::size_t line = 0;
  while (!std::string_view(text).substr(line).starts_with("begin ")) {
    line = text.find('\n', line) + 1;
    if (line == 0) return 0;
  }
  return text.find('\n', line) + 1;
}

class DecodingSource : public Source {
 public:
  DecodingSource(int fd, ByteRange range, GMimeContentEncoding encoding)
      : source_(fd, range), clean_base64_(encoding == GMIME_CONTENT_ENCODING_BASE64) {
    g_mime_encoding_init_decode(&decoder_, encoding);
  }

  Result<std::size_t> Read(std::span<char> buffer) override {
    while (position_ == decoded_.size() && !ended_) GATEWAY_TRY(DecodeNext());
    const std::size_t count = std::min(buffer.size(), decoded_.size() - position_);
    std::memcpy(buffer.data(), decoded_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  Result<void> DecodeNext() {
    GATEWAY_ASSIGN(const std::size_t count, source_.Read(raw_));
    ended_ = count == 0;
    decoded_.clear();
    position_ = 0;
    const std::string_view text(raw_.data(), count);
    if (clean_base64_ && !ended_ && base64_.Decode(text, decoded_)) return {};
    if (clean_base64_) Step(base64_.left());
    clean_base64_ = false;
    Step(text);
    if (ended_) Append(0, [&](char* out) { return g_mime_encoding_flush(&decoder_, raw_.data(), 0, out); });
    return {};
  }

  void Step(std::string_view text) {
    Append(text.size(), [&](char* out) { return g_mime_encoding_step(&decoder_, text.data(), text.size(), out); });
  }

  template <typename Write>
  void Append(std::size_t count, const Write& write) {
    const std::size_t before = decoded_.size();
    decoded_.resize(before + g_mime_encoding_outlen(&decoder_, count) + 64);
    decoded_.resize(before + write(decoded_.data() + before));
  }

  FdSource source_;
  GMimeEncoding decoder_;
  Base64Text base64_;
  bool clean_base64_;
  std::array<char, 49'152> raw_;
  std::string decoded_;
  std::size_t position_ = 0;
  bool ended_ = false;
};

}  // namespace

void PrepareGMime() {
  static std::once_flag once;
  static std::vector<IconvPtr> charsets;
  std::call_once(once, [] {
    g_mime_init();
    charsets = LoadCharsets();
  });
}

std::string ContentType::Parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

ContentType ParseContentType(const std::string& value) {
  PrepareGMime();
  const GObjectPtr<GMimeContentType> parsed(g_mime_content_type_parse(nullptr, Bounded(value).c_str()));
  if (!parsed) return {"application/octet-stream", {}};
  const std::string type = OrEmpty(g_mime_content_type_get_media_type(parsed.get())) + "/" +
                           OrEmpty(g_mime_content_type_get_media_subtype(parsed.get()));
  return {LowerCase(Printable(type)), Parameters(g_mime_content_type_get_parameters(parsed.get()))};
}

ContentDisposition ParseContentDisposition(const std::string& value) {
  PrepareGMime();
  const GObjectPtr<GMimeContentDisposition> parsed(g_mime_content_disposition_parse(nullptr, Bounded(value).c_str()));
  if (!parsed) return {};
  const std::string kind = LowerCase(OrEmpty(g_mime_content_disposition_get_disposition(parsed.get())));
  return {!kind.empty() && kind != "inline",
          OrEmpty(g_mime_content_disposition_get_parameter(parsed.get(), "filename"))};
}

std::vector<std::string> ParseAddresses(const std::string& value, std::size_t limit) {
  PrepareGMime();
  std::vector<std::string> addresses;
  const GObjectPtr<InternetAddressList> list(internet_address_list_parse(nullptr, Bounded(value).c_str()));
  if (list) CollectAddresses(list.get(), limit, addresses);
  return addresses;
}

std::string ParseMessageId(const std::string& value) {
  PrepareGMime();
  const GlibText id(g_mime_utils_decode_message_id(Bounded(value).c_str()));
  return std::string(Trim(OrEmpty(id.get())));
}

bool IsDate(const std::string& value) {
  PrepareGMime();
  const GDateTimePtr date(g_mime_utils_header_decode_date(Bounded(value).c_str()));
  return date != nullptr;
}

std::string FormatDate(Time time) {
  PrepareGMime();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  const GDateTimePtr date(g_date_time_new_from_unix_utc(seconds));
  const GlibText text(date ? g_mime_utils_header_format_date(date.get()) : nullptr);
  return OrEmpty(text.get());
}

std::string EncodeText(const std::string& text) {
  PrepareGMime();
  // The text is folded here and not by GMime, whose folding needs the field's name and ends lines
  // as its global options say.
  const GlibText encoded(g_mime_utils_header_encode_text(nullptr, text.c_str(), "utf-8"));
  const std::string line = OrEmpty(encoded.get());
  std::string folded;
  std::size_t column = 9;  // "Subject: "
  for (std::size_t start = 0; start < line.size();) {
    const std::size_t end = std::min(line.find(' ', start + 1), line.size());
    const bool fold = line[start] == ' ' && column + (end - start) > 76;
    if (fold) folded += "\r\n";
    folded.append(line, start, end - start);
    column = (fold ? 0 : column) + (end - start);
    start = end;
  }
  return folded;
}

bool IsUtf8(std::string_view text) {
  return g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr);
}

TransferEncoding ParseTransferEncoding(std::string_view value) {
  const std::string_view word = value.substr(0, value.find_first_of(" \t;("));
  if (EqualIgnoringCase(word, "base64")) return TransferEncoding::base64;
  if (EqualIgnoringCase(word, "quoted-printable")) return TransferEncoding::quoted_printable;
  for (const std::string_view name : {"x-uuencode", "uuencode", "x-uue", "uue"}) {
    if (EqualIgnoringCase(word, name)) return TransferEncoding::uuencode;
  }
  return TransferEncoding::identity;
}

bool HasBareEquals(std::string_view text) {
  for (std::size_t at = text.find('='); at != text.npos && at + 2 < text.size(); at = text.find('=', at + 1)) {
    const char next = text[at + 1];
    const bool soft_break = next == '\n' || next == '\r' || next == ' ' || next == '\t';
    if (!soft_break && !(IsHexDigit(next) && IsHexDigit(text[at + 2]))) return true;
  }
  return false;
}

std::unique_ptr<Source> OpenDecoded(int fd, ByteRange range, TransferEncoding encoding) {
  switch (encoding) {
    case TransferEncoding::base64:
      return std::make_unique<DecodingSource>(fd, range, GMIME_CONTENT_ENCODING_BASE64);
    case TransferEncoding::quoted_printable:
      return std::make_unique<DecodingSource>(fd, range, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    case TransferEncoding::uuencode:
      if (const std::uint64_t start = UuencodedStart(fd, range)) {
        const ByteRange data{range.offset + start, range.length - start};
        return std::make_unique<DecodingSource>(fd, data, GMIME_CONTENT_ENCODING_UUENCODE);
      }
      break;
    case TransferEncoding::identity:
      break;
  }
  return std::make_unique<FdSource>(fd, range);
}

}  // namespace gateway::mime
