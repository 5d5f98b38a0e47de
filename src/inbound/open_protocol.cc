#include "inbound/open_protocol.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

namespace gateway::inbound {
namespace {

using nlohmann::json;

constexpr std::size_t kPacketSize = 65536;

Error Lost(std::string_view what, int number) {
  return Permanent("worker-lost", std::string(what) + ": " + std::generic_category().message(number));
}

template <typename T>
std::optional<T> Guarded(const std::string& text, T (*convert)(const json&)) {
  try {
    return convert(json::parse(text));
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

json SetToJson(const std::optional<TelemedicineSet>& set) {
  if (!set) return nullptr;
  return {{"id", set->id}, {"part", set->part}, {"total", set->total}};
}

std::optional<TelemedicineSet> SetFrom(const json& object) {
  if (object.is_null()) return std::nullopt;
  return TelemedicineSet{object.at("id"), object.at("part"), object.at("total")};
}

json HeaderToJson(const InstanceHeader& header) {
  return {{"sop_class", header.sop_class_uid},
          {"sop_instance", header.sop_instance_uid},
          {"transfer_syntax", header.transfer_syntax_uid},
          {"study", header.study_instance_uid},
          {"series", header.series_instance_uid},
          {"modality", header.modality},
          {"institution", header.institution_name},
          {"station", header.station_name},
          {"description", header.study_description},
          {"physician", header.referring_physician},
          {"meta", header.has_meta_header},
          {"offset", header.dataset_offset},
          {"size", header.file_size},
          {"sha256", header.dataset_sha256}};
}

InstanceHeader HeaderFrom(const json& object) {
  InstanceHeader header;
  header.sop_class_uid = object.at("sop_class");
  header.sop_instance_uid = object.at("sop_instance");
  header.transfer_syntax_uid = object.at("transfer_syntax");
  header.study_instance_uid = object.at("study");
  header.series_instance_uid = object.at("series");
  header.modality = object.at("modality");
  header.institution_name = object.at("institution");
  header.station_name = object.at("station");
  header.study_description = object.at("description");
  header.referring_physician = object.at("physician");
  header.has_meta_header = object.at("meta");
  header.dataset_offset = object.at("offset");
  header.file_size = object.at("size");
  header.dataset_sha256 = object.at("sha256");
  return header;
}

json SignatureToJson(const crypto::Signature& signature) {
  return {{"status", static_cast<int>(signature.status)},
          {"fingerprint", signature.fingerprint},
          {"key_id", signature.key_id},
          {"created", ToUnixMilliseconds(signature.created)}};
}

crypto::Signature SignatureFrom(const json& object) {
  const int status = object.at("status");
  crypto::Signature signature;
  // A number that is no status must not become one by accident.
  signature.status = status >= 0 && status <= static_cast<int>(crypto::SignatureStatus::other_error)
                         ? static_cast<crypto::SignatureStatus>(status)
                         : crypto::SignatureStatus::other_error;
  signature.fingerprint = object.at("fingerprint");
  signature.key_id = object.at("key_id");
  signature.created = FromUnixMilliseconds(object.at("created"));
  return signature;
}

Error ErrorFromJson(const json& object) {
  const int fault = object.at("fault");
  // What the worker reports can be a fault of the mail or of the moment, never of the configuration.
  return {fault == static_cast<int>(Fault::transient) ? Fault::transient : Fault::corrupt, object.at("code"),
          object.at("detail")};
}

mime::Envelope EnvelopeFromJson(const json& object) {
  mime::Envelope envelope;
  const int kind = object.at("kind");
  if (kind >= 0 && kind <= static_cast<int>(mime::MailKind::plain)) envelope.kind = static_cast<mime::MailKind>(kind);
  envelope.from = object.at("from");
  envelope.message_id = object.at("message_id");
  envelope.receipt_to = object.at("receipt_to");
  envelope.set = SetFrom(object.at("set"));
  if (const json& partial = object.at("partial"); !partial.is_null()) {
    envelope.partial = mime::Partial{partial.at("id"), partial.at("number"), partial.at("total")};
  }
  return envelope;
}

PartReport PartFromJson(const json& object) {
  PartReport part;
  part.file = object.at("file");
  part.leaf = {object.at("content_type"), object.at("name"), object.at("study_id")};
  if (object.contains("header")) part.header = HeaderFrom(object.at("header"));
  if (object.contains("error")) part.error = ErrorFromJson(object.at("error"));
  return part;
}

OpenReport ReportFromJson(const json& object) {
  OpenReport report;
  report.opened.encrypted = object.at("encrypted");
  report.opened.integrity_protected = object.at("integrity");
  for (const json& signature : object.at("signatures")) {
    report.opened.signatures.push_back(SignatureFrom(signature));
  }
  report.set = SetFrom(object.at("set"));
  return report;
}

crypto::KeyMaterial KeysFromJson(const json& object) {
  crypto::KeyMaterial keys;
  for (const json& key : object.at("secret")) {
    keys.secret_keys.push_back({key.at("fingerprint"), key.at("armored"), key.at("passphrase")});
  }
  for (const json& key : object.at("public")) keys.public_keys.push_back(key);
  return keys;
}

std::vector<UniqueFd> TakeDescriptors(msghdr& message) {
  std::vector<UniqueFd> descriptors;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(int));
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

}  // namespace

Result<void> SendPacket(int socket, const json& object, const std::vector<int>& descriptors) {
  std::string text = object.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > kPacketSize) return Permanent("packet-too-large");
  iovec data{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kDescriptorsAPacket * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size() * sizeof(int));
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return Lost("sendmsg", errno);
  }
  return {};
}

Result<std::optional<Packet>> ReceivePacket(int socket, int timeout_ms) {
  pollfd wait{socket, POLLIN, 0};
  const int ready = ::poll(&wait, 1, timeout_ms);
  if (ready == 0 || (ready < 0 && errno == EINTR)) return std::optional<Packet>();
  std::string text(kPacketSize, '\0');
  iovec data{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kDescriptorsAPacket * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (size < 0) return Lost("recvmsg", errno);
  Packet packet;
  packet.descriptors = TakeDescriptors(message);
  if (size == 0) return Permanent("worker-lost", "closed");
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return Permanent("worker-lost", "packet too large");
  text.resize(static_cast<std::size_t>(size));
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("type") || !object["type"].is_string()) {
    return Permanent("worker-lost", "packet damaged");
  }
  packet.type = object["type"];
  packet.json = std::move(text);
  return std::optional<Packet>(std::move(packet));
}

json ToJson(const mime::Envelope& envelope) {
  json object{{"type", "envelope"},
              {"kind", static_cast<int>(envelope.kind)},
              {"from", envelope.from},
              {"message_id", envelope.message_id},
              {"receipt_to", envelope.receipt_to},
              {"set", SetToJson(envelope.set)},
              {"partial", nullptr}};
  if (envelope.partial) {
    object["partial"] = {
        {"id", envelope.partial->id}, {"number", envelope.partial->number}, {"total", envelope.partial->total}};
  }
  return object;
}

json ToJson(const PartReport& part) {
  json object{{"type", "part"},
              {"file", part.file},
              {"content_type", part.leaf.content_type},
              {"name", part.leaf.name},
              {"study_id", part.leaf.study_id}};
  if (part.header) object["header"] = HeaderToJson(*part.header);
  if (part.error) object["error"] = ToJson(*part.error);
  return object;
}

json ToJson(const OpenReport& report) {
  json signatures = json::array();
  for (const crypto::Signature& signature : report.opened.signatures) {
    signatures.push_back(SignatureToJson(signature));
  }
  return {{"type", "opened"},
          {"encrypted", report.opened.encrypted},
          {"integrity", report.opened.integrity_protected},
          {"signatures", signatures},
          {"set", SetToJson(report.set)}};
}

json ToJson(const Error& error) {
  return {{"type", "error"}, {"fault", static_cast<int>(error.fault)}, {"code", error.code}, {"detail", error.detail}};
}

std::optional<mime::Envelope> EnvelopeFrom(const std::string& text) {
  return Guarded(text, &EnvelopeFromJson);
}
std::optional<PartReport> PartReportFrom(const std::string& text) {
  return Guarded(text, &PartFromJson);
}
std::optional<OpenReport> OpenReportFrom(const std::string& text) {
  return Guarded(text, &ReportFromJson);
}
std::optional<Error> ErrorFrom(const std::string& text) {
  return Guarded(text, &ErrorFromJson);
}

std::string KeyMaterialToText(const crypto::KeyMaterial& keys) {
  json object{{"secret", json::array()}, {"public", keys.public_keys}};
  for (const crypto::SecretKey& key : keys.secret_keys) {
    object["secret"].push_back(
        {{"fingerprint", key.fingerprint}, {"armored", key.armored}, {"passphrase", key.passphrase}});
  }
  return object.dump();
}

std::optional<crypto::KeyMaterial> KeyMaterialFromText(const std::string& text) {
  return Guarded(text, &KeysFromJson);
}

}  // namespace gateway::inbound
