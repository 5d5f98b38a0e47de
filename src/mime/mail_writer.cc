#include "mime/mail_writer.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "mime/error_codes.h"
#include "mime/header_writer.h"
#include "mime/line_ends.h"

namespace gateway::mime {
namespace {

Result<void> AppendSetAndRequest(const OuterHeader& header, std::string& text) {
  if (header.set) GATEWAY_TRY(AppendSet(text, *header.set));
  if (header.receipt_to.empty()) return {};
  return AppendAddress(text, "Disposition-Notification-To", header.receipt_to);
}

}  // namespace

Result<void> WriteSignedEntity(Source& signed_entity, std::string_view armored_signature, std::string_view micalg,
                               Sink& sink) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (micalg.empty() || micalg.size() > 32 || !std::all_of(micalg.begin(), micalg.end(), is_word)) {
    return Permanent(codes::kHeaderNotWritable, "micalg");
  }
  const std::string boundary = NewBoundary();
  GATEWAY_TRY(sink.Write("Content-Type: multipart/signed; micalg=\"" + std::string(micalg) +
                         "\";\r\n protocol=\"application/pgp-signature\";\r\n boundary=\"" + boundary + "\"\r\n\r\n--" +
                         boundary + "\r\n"));
  // The CRLF after the signed bytes belongs to the boundary line, not to them (RFC 3156 section 5).
  if (auto copied = Copy(signed_entity, sink); !copied) return copied.error();
  GATEWAY_TRY(sink.Write("\r\n--" + boundary +
                         "\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n"
                         "Content-Transfer-Encoding: 7bit\r\n\r\n"));
  CrlfSink lines(sink);
  GATEWAY_TRY(lines.Write(armored_signature));
  GATEWAY_TRY(lines.FinishLine());
  return sink.Write("\r\n--" + boundary + "--\r\n");
}

Result<void> WritePlainMessage(const OuterHeader& header, Source& entity, Sink& sink) {
  GATEWAY_ASSIGN(std::string text, CommonHeader(header));
  GATEWAY_TRY(AppendSetAndRequest(header, text));
  GATEWAY_TRY(sink.Write(text));
  if (auto copied = Copy(entity, sink); !copied) return copied.error();
  return {};
}

Result<void> WriteEncryptedMessage(const OuterHeader& header, const std::function<Result<void>(Sink&)>& write_armor,
                                   Sink& sink) {
  GATEWAY_ASSIGN(std::string text, CommonHeader(header));
  const std::string boundary = NewBoundary();
  text += "Content-Type: multipart/encrypted;\r\n protocol=\"application/pgp-encrypted\";\r\n boundary=\"" + boundary +
          "\"\r\n";
  GATEWAY_TRY(AppendSetAndRequest(header, text));
  text += "\r\n--" + boundary +
          "\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
          "\r\n--" +
          boundary +
          "\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n"
          "Content-Disposition: inline; filename=\"encrypted.asc\"\r\n"
          "Content-Transfer-Encoding: 7bit\r\n\r\n";
  GATEWAY_TRY(sink.Write(text));
  CrlfSink lines(sink);
  GATEWAY_TRY(write_armor(lines));
  GATEWAY_TRY(lines.FinishLine());
  return sink.Write("\r\n--" + boundary + "--\r\n");
}

}  // namespace gateway::mime
