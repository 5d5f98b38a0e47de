// Receipts and bounces from outside; and receipts of ours, read back.

#include "base/files.h"
#include "fuzz.h"
#include "mime/bounce_text.h"
#include "mime/header_values.h"
#include "mime/mail_writer.h"
#include "mime/report.h"
#include "mime/report_fields.h"

namespace gateway::fuzz {
namespace {

constexpr mime::ReadLimits kLimits{1 << 20, 1 << 20, 8, 50, 1 << 16};
constexpr std::size_t kLongestWords = 500;
constexpr std::size_t kLongestBounce = 4000;

void CheckReport(const mime::Report& report) {
  PROMISE(IsLoggable(report.words, kLongestBounce));
  PROMISE(report.message_ids.size() <= mime::kMostMessageIds);
  for (const std::string& id : report.message_ids) PROMISE(id.find_first_of("\r\n<>") == std::string::npos);
}

void ReadForeign(std::string_view text) {
  const UniqueFd file = FileWith(text);
  const auto report = mime::ReadReport(file.get(), kLimits);
  if (report && *report) CheckReport(**report);
  PROMISE(IsLoggable(mime::ReadNotification(text).disposition.words, kLongestWords));
  PROMISE(IsLoggable(mime::ReadDeliveryStatus(text).words, kLongestBounce));
  const mime::BounceText bounce = mime::ReadBounceText(text.substr(0, 80), text);
  PROMISE(bounce.message_ids.size() <= mime::kMostMessageIds);
  PROMISE(mime::TextOfHtml(text).size() <= text.size());
  PROMISE(IsLoggable(mime::Printable(text), kLongestBounce));
}

mime::Report ReadOurs(const std::string& entity, bool wrap) {
  StringSink mail;
  if (wrap) {
    StringSource source(entity);
    const mime::OuterHeader header{"a@fuzz.example",
                                   "b@fuzz.example",
                                   "Receipt",
                                   "r@fuzz",
                                   FromUnixMilliseconds(1'700'000'000'000),
                                   {},
                                   "",
                                   true,
                                   ""};
    PROMISE(mime::WritePlainMessage(header, source, mail));
  } else {
    PROMISE(mail.Write(entity));
  }
  const UniqueFd file = FileWith(mail.text());
  const auto report = mime::ReadReport(file.get(), kLimits);
  PROMISE(report && *report);
  CheckReport(**report);
  return **report;
}

void WriteAndRead(FuzzedDataProvider& input) {
  static constexpr std::array<std::pair<const char*, mime::Verdict>, 4> kDispositions{{
      {"displayed", mime::Verdict::displayed},
      {"displayed/warning", mime::Verdict::displayed_warning},
      {"deleted/error", mime::Verdict::deleted_error},
      {"deleted", mime::Verdict::deleted},
  }};
  const auto& [disposition, verdict] = input.PickValueInArray(kDispositions);
  mime::Receipt receipt{
      disposition, "b@fuzz.example", input.ConsumeRandomLengthString(200), input.ConsumeRandomLengthString(300), {}};
  if (input.ConsumeBool()) {
    receipt.set = TelemedicineSet{"fuzz.4711", input.ConsumeIntegralInRange<std::uint32_t>(1, 9), 9};
  }
  // It is named as we read it in their mail, by these rules.
  receipt.original_message_id = mime::MessageIdIn("<" + receipt.original_message_id + ">");
  if (mime::MessageIdIn("<" + receipt.original_message_id + ">") != receipt.original_message_id) return;
  const auto entity = mime::ReceiptEntity(receipt);
  if (!entity) return PROMISE(entity.error().code == "header-not-writable");
  const mime::Report report = ReadOurs(*entity, true);
  PROMISE(report.kind == mime::ReportKind::mdn && report.verdict == verdict && report.set == receipt.set);
  if (!receipt.original_message_id.empty()) {
    PROMISE(!report.message_ids.empty() && report.message_ids[0] == receipt.original_message_id);
  }
  const auto secret = mime::PgpReceiptEntity(receipt, "");
  if (!secret) return;
  const mime::Report inner = ReadOurs(*secret, false);
  PROMISE(inner.kind == mime::ReportKind::pgp && inner.verdict == verdict && inner.set == receipt.set);
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  ReadForeign(Text(data, size));
  FuzzedDataProvider input(data, size);
  WriteAndRead(input);
  return 0;
}
