// Reads the sections `gateway`, `receipts`, `reception`, `retry` and `retention`.
#include "config/readers.h"

namespace gateway::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours kDay{24};

void ReadLog(Section section, LogSettings& log) {
  section.draft().Mark("gateway.log.file", section.LineOf("file"));
  const Entry* const file = section.Find("file");
  const bool standard_output = file != nullptr && file->value->text == "-";
  if (std::filesystem::path path; !standard_output && section.ReadPath("file", path)) log.file = path.string();
  section.Read("level", log.level,
               OneOf<LogLevel>({{"debug", LogLevel::debug},
                                {"info", LogLevel::info},
                                {"warning", LogLevel::warning},
                                {"error", LogLevel::error}}));
  section.Read("format", log.format, OneOf<LogFormat>({{"text", LogFormat::text}, {"json", LogFormat::json}}));
}

// Reads how much of our disk mails may take while they wait in quarantine.
void ReadLimits(Section section, QuarantineLimits& limits) {
  section.Read("mails", limits.mails, Number<unsigned>(1, 10'000'000));
  section.Read("size", limits.bytes, Size(1'000'000, 1'000'000'000'000'000));
  section.Read("age", limits.age, Duration(milliseconds(0), 3650 * kDay));
}

void ReadFragments(Section section, FragmentLimits& limits) {
  section.Read("messages", limits.messages, Number<unsigned>(1, 10'000'000));
  section.Read("size", limits.bytes, Size(1'000'000, 1'000'000'000'000'000));
}

}  // namespace

void ReadGateway(Section section) {
  GatewaySettings& gateway = section.draft().settings().gateway;
  section.draft().Mark("gateway", section.line());
  section.draft().Mark("gateway.state_dir", section.LineOf("state_dir"));
  section.Read("name", gateway.name, GatewayName());
  section.Require("state_dir");
  section.ReadPath("state_dir", gateway.state_dir);
  section.Read("min_free_space", gateway.min_free_space, SizeOrPercent());
  if (FreeSpace least; section.Read("fetch_free_space", least, SizeOrPercent())) gateway.fetch_free_space = least;
  ReadLog(section.Sub("log", "gateway.log"), gateway.log);
}

void ReadReceipts(Section section) {
  ReceiptSettings& receipts = section.draft().settings().receipts;
  section.Read("send_when", receipts.send_when,
               OneOf<ReceiptWhen>({{"accepted", ReceiptWhen::accepted}, {"stored", ReceiptWhen::stored}}));
  section.Read("overdue_after", receipts.overdue_after, Duration(seconds(1), 365 * kDay));
  section.Read("resend_limit", receipts.resend_limit, Number<unsigned>(0, 100));
}

void ReadReception(Section section) {
  ReceptionSettings& reception = section.draft().settings().reception;
  section.Read("set_overdue_after", reception.set_overdue_after, Duration(seconds(1), 365 * kDay));
  section.Read("fragments_expire_after", reception.fragments_expire_after, Duration(seconds(1), 365 * kDay));
  section.Read("document_timeout", reception.document_timeout, Duration(milliseconds(0), 365 * kDay));
  section.Read("duplicate_window", reception.duplicate_window, Duration(milliseconds(0), 365 * kDay));
  section.Read("signature_max_age", reception.signature_max_age, Duration(milliseconds(0), 3650 * kDay));
  ReadLimits(section.Sub("strangers", "reception.strangers"), reception.strangers);
  ReadLimits(section.Sub("each_partner", "reception.each_partner"), reception.each_partner);
  ReadFragments(section.Sub("fragments", "reception.fragments"), reception.fragments);
  section.Read("automatic_answers", reception.automatic_answers, Duration(seconds(1), 3650 * kDay));
  const auto on_change = OneOf<OnChange>({{"forward", OnChange::forward}, {"quarantine", OnChange::quarantine}});
  section.Read("changed_attributes", reception.changed_attributes, on_change);
  section.Read("changed_pixels", reception.changed_pixels, on_change);
  const Milliseconds longest = reception.signature_max_age;
  if (longest.count() > 0 && longest < kDay) section.Mistake("signature_max_age", "is shorter than a day; 0s: off");
}

void ReadRetry(Section section) {
  RetrySettings& retry = section.draft().settings().retry;
  section.Read("first", retry.first, Duration(milliseconds(10), kDay));
  section.Read("max", retry.max, Duration(milliseconds(10), kDay));
  section.Read("give_up_after", retry.give_up_after, Duration(seconds(1), 365 * kDay));
  if (retry.max < retry.first) section.Mistake("max", "is shorter than retry.first");
  if (retry.give_up_after < retry.first) section.Mistake("give_up_after", "is shorter than retry.first");
}

void ReadRetention(Section section) {
  RetentionSettings& retention = section.draft().settings().retention;
  section.Read("sent", retention.sent, Duration(milliseconds(0), 3650 * kDay));
  section.Read("delivered", retention.delivered, Duration(milliseconds(0), 3650 * kDay));
  section.Read("rows", retention.rows, Duration(milliseconds(0), 3650 * kDay));
}

}  // namespace gateway::config
