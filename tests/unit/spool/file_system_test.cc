#include "spool/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>

namespace gateway::spool {
namespace {

TEST(FileSystem, NetworksAreNoPlaceForALedger) {
  for (const unsigned long f_type :
       {static_cast<unsigned long>(NFS_SUPER_MAGIC), static_cast<unsigned long>(CIFS_SUPER_MAGIC),
        static_cast<unsigned long>(SMB2_SUPER_MAGIC), static_cast<unsigned long>(SMB_SUPER_MAGIC),
        static_cast<unsigned long>(AFS_SUPER_MAGIC), 0xFFFFFFFF'FF534D42UL}) {
    EXPECT_EQ(KindOfFileSystem(f_type).fitness, FileSystemFitness::network) << std::hex << f_type;
  }
}

TEST(FileSystem, LocalDisksAreGood) {
  constexpr unsigned long kZfs = 0x2FC12FC1;
  for (const unsigned long f_type :
       {static_cast<unsigned long>(EXT4_SUPER_MAGIC), static_cast<unsigned long>(XFS_SUPER_MAGIC),
        static_cast<unsigned long>(BTRFS_SUPER_MAGIC), kZfs}) {
    EXPECT_EQ(KindOfFileSystem(f_type).fitness, FileSystemFitness::good);
    EXPECT_EQ(WarningOf(KindOfFileSystem(f_type)), "");
  }
}

TEST(FileSystem, SaysThatMemoryForgets) {
  struct statfs status {};
  ASSERT_EQ(::statfs("/dev/shm", &status), 0);
  if (status.f_type != TMPFS_MAGIC) GTEST_SKIP() << "no tmpfs at /dev/shm";
  EXPECT_THAT(WarningOf(FileSystemOf("/dev/shm/not/there/yet")), testing::HasSubstr("lost when the machine stops"));
  EXPECT_TRUE(RefuseNetwork("/dev/shm/not/there/yet"));
}

TEST(FileSystem, WarnsOfWhatItDoesNotKnow) {
  EXPECT_THAT(WarningOf(KindOfFileSystem(FUSE_SUPER_MAGIC)), testing::HasSubstr("FUSE"));
  EXPECT_THAT(WarningOf(KindOfFileSystem(CEPH_SUPER_MAGIC)), testing::HasSubstr("Ceph"));
}

}  // namespace
}  // namespace gateway::spool
