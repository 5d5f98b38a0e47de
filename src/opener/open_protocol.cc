#include "opener/open_protocol.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "opener/error_codes.h"

namespace gateway::opener {
namespace {

using nlohmann::json;

constexpr std::size_t kPacketSize = 131'072;

Error Lost(std::string_view what, int number) {
  return Permanent(codes::kWorkerLost, std::string(what) + ": " + std::generic_category().message(number));
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
  if (text.size() > kPacketSize) return Permanent(codes::kPacketTooLarge);
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
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPacketSize);
  iovec data{buffer.get(), kPacketSize};
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
  if (size == 0) return Permanent(codes::kWorkerLost, "closed");
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return Permanent(codes::kWorkerLost, "packet too large");
  std::string text(buffer.get(), static_cast<std::size_t>(size));
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("type") || !object["type"].is_string()) {
    return Permanent(codes::kWorkerLost, "packet damaged");
  }
  packet.type = object["type"];
  packet.json = std::move(text);
  return std::optional<Packet>(std::move(packet));
}

}  // namespace gateway::opener
