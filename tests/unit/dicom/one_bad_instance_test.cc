// One bad instance concerns itself alone: it gets its status, and its association goes on. Where
// nothing but an abort is left, the log names the instance and the reason.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "fixture.h"
#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Python that a test goes on with. answers() opens an association, sends each of its `messages`,
// and prints a line: the status of each, or how the association ended.
constexpr char kScript[] = R"(
import struct, sys
sys.path.insert(0, sys.argv[1])
import raw_scu as r
port = int(sys.argv[2])

def ui(group, element, value):
    value = value.encode() + b"\0" * (len(value) % 2)
    return struct.pack("<HH2sH", group, element, b"UI", len(value)) + value

def dataset(uid):
    return ui(8, 0x16, r.CT) + ui(8, 0x18, uid) + ui(32, 13, "1.2") + ui(32, 14, "1.3")

def good(uid):
    return r.store_request(uid) + r.data(dataset(uid), True)

def answers(*messages):
    said = []
    with r.associate(port, "TO_B", "GATEWAY") as connection:
        try:
            for message in messages:
                connection.sendall(message)
                said.append("%04X" % r.store_status(connection))
        except ConnectionError as error:
            said.append("aborted" if "PDU 7" in str(error) else "gone")
    print(" ".join(said))
)";

class OneBadInstance : public testing::Test {
 protected:
  OneBadInstance() { EXPECT_TRUE(OpenLog({.file = (directory_ / "log").string()})); }
  ~OneBadInstance() override { EXPECT_TRUE(OpenLog({})); }

  // Runs the rest of the script against an SCP, and returns the lines that it prints. The SCP goes
  // on until it has seen how each of the script's associations ended.
  std::vector<std::string> Run(const std::string& rest, std::ptrdiff_t associations = 1) {
    Finished finished{};
    {
      const auto scp = StartScp(handler_);
      finished = RunTool({"/usr/bin/python3", "-B", "-c", kScript + rest, std::string(REPOSITORY_DIR) + "/tests/rig",
                          std::to_string(scp->port())});
      while (Ends() < associations) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::istringstream lines(finished.output);
    return Lines(lines);
  }

  std::vector<std::string> Log() {
    FlushLog();
    std::ifstream file(directory_ / "log");
    return Lines(file);
  }

  RecordingHandler handler_;

 private:
  std::ptrdiff_t Ends() {
    const std::vector<std::string> log = Log();
    return std::count_if(log.begin(), log.end(),
                         [](const std::string& line) { return line.find(" association-ended ") != std::string::npos; });
  }

  static std::vector<std::string> Lines(std::istream& stream) {
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

  TempDirectory directory_;
};

TEST_F(OneBadInstance, OddLengthsAreTaken) {
  EXPECT_THAT(Run(R"(
even, odd = dataset("1.2.3"), dataset("1.2.4") + b"\0"
answers(r.store_request("1.2.3") + r.data(even[:31]) + r.data(even[31:60]) + r.data(even[60:], True),
        r.store_request("1.2.4") + r.data(odd, True),
        r.store_request("1.2.4") + r.data(odd) + r.data(b"", True),
        good("1.2.5"))
)"),
              ElementsAre("0000 0000 0000 0000"));
  ASSERT_EQ(handler_.instances().size(), 4U);
  // They are kept as they came.
  EXPECT_EQ(DatasetOf(handler_.instances()[1].file).back(), '\0');
  EXPECT_EQ(DatasetOf(handler_.instances()[1].file).size() % 2, 1U);
  EXPECT_THAT(Log(), Not(Contains(HasSubstr("warning"))));
}

TEST_F(OneBadInstance, ADataSetThatCannotBeReadIsAnswered) {
  EXPECT_THAT(Run(R"(
answers(r.store_request("1.2.3") + r.data(dataset("1.2.3")[:-3], True),
        r.store_request("1.2.3") + r.data(b"", True),
        r.store_request("1.2.3") + r.data(b"abc", True),
        r.store_request("1.2.3") + r.data(dataset("1.2.3"), True, context=3),
        r.store_request("1.2.3") + r.data(dataset("1.2.3")[:20]) + r.data(dataset("1.2.3")[20:], True, context=77),
        good("1.2.4"))
)"),
              ElementsAre("C000 C000 C000 C000 C000 0000"));
  EXPECT_EQ(handler_.discarded(), 5);
  EXPECT_THAT(Log(), Contains(AllOf(HasSubstr("warning instance-refused"), HasSubstr("sop_instance=1.2.3 "),
                                    HasSubstr("status=C000"), HasSubstr("presentation context")))
                         .Times(2));
}

TEST_F(OneBadInstance, ACommandThatSaysEnoughIsAnswered) {
  EXPECT_THAT(Run(R"(
answers(r.store_request("1.2.3", rubbish=b"\0") + r.data(dataset("1.2.3"), True),
        r.store_request("1.2.3", rubbish=b"rubbish") + r.data(dataset("1.2.3"), True),
        r.store_request("1.2.3", without=(0x0800,)) + r.data(dataset("1.2.3"), True),
        r.store_request("1.2.3", dataset_type=0x0101) + r.data(dataset("1.2.3")[:9]) + r.data(b"", True),
        r.store_request("1.2.3", dataset_type=0x0101),
        r.store_request("1.2.3", without=(0x1000,)) + r.data(dataset("1.2.3"), True),
        r.store_request("1.2.3", without=(0x0002,)) + r.data(dataset("1.2.3"), True),
        r.store_request("1." * 40 + "1") + r.data(dataset("1.2.3"), True),
        r.store_request("Mustermann^Max") + r.data(dataset("1.2.3"), True),
        good("1.2.4"))
)"),
              ElementsAre("0000 0000 0000 0212 0212 A900 0122 0117 A900 0000"));
  EXPECT_THAT(Log(), Contains(AllOf(HasSubstr("instance-refused"), HasSubstr("sop_instance=1.1.1."),
                                    HasSubstr("status=0117"))));
  // A text that is no UID could say anything.
  EXPECT_THAT(Log(), Not(Contains(HasSubstr("Mustermann"))));
}

TEST_F(OneBadInstance, AnAbortNamesTheInstanceAndTheReason) {
  EXPECT_THAT(Run(R"(
answers(r.store_request("1.2.3", context=5), good("1.2.4"))
answers(r.store_request("1.2.5", without=(0x0110,)), good("1.2.4"))
answers(r.store_request("1.2.6") + r.data(b"abc") + r.store_request("1.2.4"), good("1.2.4"))
answers(good("1.2.4"), r.data(dataset("1.2.7"), True))
answers(r.store_request("1.2.8") + b"\x04\0\0\0\0\x06\0\0\0\x09\1\0")
)",
                  5),
              ElementsAre("aborted", "aborted", "aborted", "0000 aborted", "aborted"));
  const std::vector<std::string> log = Log();
  for (const std::string uid : {"1.2.3", "1.2.5", "1.2.6", "1.2.8"}) {
    EXPECT_THAT(log, Contains(AllOf(HasSubstr("warning association-ended calling_ae=GATEWAY host=127.0.0.1"),
                                    HasSubstr("how=protocol-error sop_instance=" + uid + " detail="))));
  }
  EXPECT_THAT(log, Contains(AllOf(HasSubstr("warning association-ended"), HasSubstr("instances=1 how=protocol-error "
                                                                                    "detail="))));
}

TEST_F(OneBadInstance, SoDoesAPeerThatGoesAwayInTheMiddle) {
  EXPECT_THAT(Run(R"(
for before, begun in ((), r.store_request("1.2.3")), ((good("1.2.4"),), r.store_request("1.2.5") + r.data(b"abc")):
    with r.associate(port, "TO_B", "GATEWAY") as connection:
        for message in before:
            connection.sendall(message)
            r.store_status(connection)
        connection.sendall(begun)
with r.associate(port, "TO_B", "GATEWAY") as connection:
    connection.sendall(good("1.2.4"))
    print("%04X" % r.store_status(connection))
)",
                  3),
              ElementsAre("0000"));
  const std::vector<std::string> log = Log();
  EXPECT_THAT(log, Contains(AllOf(HasSubstr("warning association-ended"), HasSubstr("sop_instance=1.2.3"))));
  EXPECT_THAT(log, Contains(AllOf(HasSubstr("warning association-ended"), HasSubstr("sop_instance=1.2.5"))));
  EXPECT_THAT(log, Contains(HasSubstr("warning association-ended")).Times(2));
}

}  // namespace
}  // namespace gateway::dicom
