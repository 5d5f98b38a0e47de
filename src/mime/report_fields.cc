#include "mime/report_fields.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "mime/gmime_values.h"
#include "mime/header_block.h"
#include "mime/header_values.h"

namespace gateway::mime {
namespace {

// The reason often stands behind long lists of hosts, so people get less of this than is judged.
constexpr std::size_t kLongestWords = 4000;
constexpr std::size_t kLongestDisposition = 500;  // bytes; its words are few

// Returns the groups of fields, which blank lines separate. Lines that are neither fields nor
// folded are dropped.
std::vector<HeaderBlock> FieldGroups(std::string_view text) {
  std::vector<HeaderBlock> groups;
  std::string lines;
  const auto end_group = [&] {
    auto group = HeaderBlock::Parse(std::exchange(lines, {}), true);
    if (group && !group->empty()) groups.push_back(std::move(*group));
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (Trim(line).empty()) {
      end_group();
    } else if (line[0] == ' ' || line[0] == '\t' || line.find(':') != std::string_view::npos) {
      lines += line;
    }
  }
  end_group();
  return groups;
}

// Returns the letters, digits and dashes at the start of `text`, in lower case.
std::string Word(std::string_view text) {
  text = Trim(text);
  std::size_t length = 0;
  while (length < text.size()) {
    const char c = LowerCase(text[length]);
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') break;
    ++length;
  }
  return LowerCase(text.substr(0, length));
}

Verdict VerdictOf(std::string_view type, bool error, bool warning) {
  if (type == "displayed" || type == "dispatched" || type == "processed") {
    // Something failed. At worst the message is sent once more.
    if (error) return Verdict::deleted_error;
    // A rule of a mail program that forwards or files mails "dispatches" or "processes" them. It
    // has stored no image.
    return warning || type != "displayed" ? Verdict::displayed_warning : Verdict::displayed;
  }
  if (type == "deleted") return error ? Verdict::deleted_error : Verdict::deleted;
  if (type == "denied" || type == "failed") return Verdict::deleted;
  return Verdict::other;
}

// Returns "smtp; 550 5.1.1 ..." without the name of the protocol.
std::string_view WithoutType(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  return semicolon == std::string_view::npos ? value : Trim(value.substr(semicolon + 1));
}

struct Recipient {
  std::string action;
  std::string status;
  std::string diagnostic;
  struct Once {
    std::string_view name;
    bool seen = false;
  };
  std::array<Once, 4> fields_once{{{"Original-Recipient"}, {"Final-Recipient"}, {"Action"}, {"Status"}}};

  [[nodiscard]] bool Has(std::string_view name) const {
    return std::ranges::any_of(fields_once,
                               [&](const Once& field) { return field.seen && EqualIgnoringCase(name, field.name); });
  }

  void Take(std::string_view name, std::string_view value) {
    for (Once& field : fields_once) field.seen |= EqualIgnoringCase(name, field.name);
    if (EqualIgnoringCase(name, "Action")) action = Word(WithoutComments(value));
    if (EqualIgnoringCase(name, "Status")) status = Printable(WithoutComments(value));
    if (EqualIgnoringCase(name, "Diagnostic-Code")) diagnostic = WithoutType(Trim(value));
  }

  [[nodiscard]] bool empty() const { return action.empty() && status.empty(); }

  [[nodiscard]] Verdict VerdictOfStatus() const {
    if (action == "failed") return Verdict::bounced;
    if (action == "delayed") return Verdict::delayed;
    if (action == "delivered" || action == "relayed" || action == "expanded") return Verdict::relayed;
    if (!action.empty() || status.size() < 2 || status[1] != '.') return Verdict::other;
    return status[0] == '5'   ? Verdict::bounced
           : status[0] == '4' ? Verdict::delayed
           : status[0] == '2' ? Verdict::relayed
                              : Verdict::other;
  }
};

int Badness(Verdict verdict) {
  switch (verdict) {
    case Verdict::bounced:
      return 3;
    case Verdict::delayed:
      return 2;
    case Verdict::relayed:
      return 1;
    default:
      return 0;
  }
}

void TakeWorse(const Recipient& recipient, DeliveryStatus& worst) {
  if (recipient.empty()) return;
  const Verdict verdict = recipient.VerdictOfStatus();
  if (worst.verdict && Badness(verdict) <= Badness(*worst.verdict)) return;
  worst.verdict = verdict;
  worst.words = Printable(std::string(recipient.status).append(" ").append(recipient.diagnostic));
  worst.has_diagnostic = !recipient.diagnostic.empty();
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string words;
  for (const char c : text) {
    if (words.size() == kLongestWords) break;
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 32 || byte == 127) {
      if (!words.empty() && words.back() != ' ') words += ' ';
    } else if (byte < 127) {
      words += c;
    } else if ((byte & 0xC0) != 0x80) {
      words += '?';
    }
  }
  return std::string(Trim(words));
}

Disposition ReadDisposition(std::string_view value) {
  const std::string bare = WithoutComments(value.substr(0, kLongestValue));
  std::string_view rest = bare;
  const std::size_t mode = rest.find(';');
  // A person who opened the mail in a mail program has seen it, and stored nothing.
  const bool by_a_person = mode != std::string_view::npos && Word(rest) == "manual-action";
  rest.remove_prefix(mode == std::string_view::npos ? 0 : mode + 1);
  Disposition disposition;
  const std::string type = Word(rest);
  disposition.words = type;
  bool error = false;
  bool warning = by_a_person;
  std::size_t separator = rest.find('/');
  for (char mark = '/'; separator != std::string_view::npos; mark = ',') {
    rest.remove_prefix(separator + 1);
    const std::string modifier = Word(rest);
    error |= modifier == "error" || modifier == "failed" || modifier == "failure";
    warning |= modifier == "warning";
    if (!modifier.empty()) disposition.words.append(1, mark).append(modifier);
    separator = rest.find(',');
  }
  if (by_a_person) disposition.words += " (manual-action)";
  disposition.words = Printable(disposition.words).substr(0, kLongestDisposition);
  disposition.verdict = VerdictOf(type, error, warning);
  return disposition;
}

Notification ReadNotification(std::string_view text) {
  Notification notification;
  bool disposed = false;
  for (const HeaderBlock& group : FieldGroups(text)) {
    const auto disposition = group.Value("Disposition");
    if (disposition && !disposed) notification.disposition = ReadDisposition(*disposition);
    disposed |= disposition.has_value();
    if (!notification.nonce) notification.nonce = NonceOf(group);
    if (notification.original_message_id.empty()) {
      notification.original_message_id = MessageIdOf(group, "Original-Message-ID");
    }
  }
  return notification;
}

DeliveryStatus ReadDeliveryStatus(std::string_view text) {
  DeliveryStatus worst;
  for (const HeaderBlock& group : FieldGroups(text)) {
    if (worst.envelope_id.empty()) worst.envelope_id = MessageIdOf(group, "Original-Envelope-Id");
    Recipient recipient;
    for (std::size_t i = 0; i < group.count(); ++i) {
      const HeaderBlock::Field field = group.field(i);
      // Some write several recipients without a blank line between them, each with its fields in
      // another order.
      if (recipient.Has(field.name)) TakeWorse(std::exchange(recipient, {}), worst);
      recipient.Take(field.name, field.raw.substr(field.raw.find(':') + 1));
    }
    TakeWorse(recipient, worst);
  }
  return worst;
}

}  // namespace gateway::mime
