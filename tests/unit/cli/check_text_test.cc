#include "cli/check_text.h"

#include <gtest/gtest.h>

namespace gateway::cli {
namespace {

TEST(CheckTextTest, EachNoteIsOneSentence) {
  using Of = operations::UnknownHost::Of;
  EXPECT_EQ(TextOf(operations::ServiceRuns{}),
            "note: the service is running; what was checked here counts from its next start");
  EXPECT_EQ(TextOf(operations::PortInUse{"port 104 is in use"}),
            "note: dicom.port: port 104 is in use; the running service holds its port, so that this is no mistake "
            "unless you changed the port");
  EXPECT_EQ(TextOf(operations::KeyWithSha1{"b"}), "note: partner b: its key rests on self-signatures with SHA-1");
  EXPECT_EQ(TextOf(operations::ShortKey{"b", 1024}), "note: partner b: its key has 1024 bits");
  EXPECT_EQ(TextOf(operations::DoubtfulFileSystem{"/run/state", "it is in memory"}),
            "warning: gateway.state_dir /run/state: it is in memory");
  EXPECT_EQ(TextOf(operations::UnknownHost{"dicom.callers", Of::caller, "no such host"}),
            "warning: dicom.callers: no such host; this caller is refused as long as its name is not known");
  EXPECT_EQ(TextOf(operations::UnknownHost{"pacs.main.host", Of::pacs, "no such host"}),
            "warning: pacs.main.host: no such host; images wait for this PACS as long as its name is not known");
  EXPECT_EQ(TextOf(operations::UnknownHost{"mailboxes.main.imap.url", Of::mail_server, "no such host"}),
            "warning: mailboxes.main.imap.url: no such host; no mail goes this way as long as its name is not known");
}

TEST(CheckTextTest, ASubkeyThatIsLeftOutNamesItsFingerprintIfItHasOne) {
  operations::SubkeyLeftOut left_out{"b", {}};
  left_out.subkey.algorithm = "ECDH";
  const std::string why(openpgp::WhyLeftOut(left_out.subkey.state));
  EXPECT_EQ(TextOf(left_out), "partner b: a subkey of its key is not used: ECDH, " + why);
  left_out.subkey.fingerprint = "0123";
  EXPECT_EQ(TextOf(left_out), "partner b: a subkey of its key is not used: ECDH, 0123, " + why);
}

}  // namespace
}  // namespace gateway::cli
