// What all Files promise, the host's and simulated ones alike.

#ifndef REHEARSE_TESTS_CONFORMANCE_FILES_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_FILES_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/files.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse {

// One world for one test.
class FilesWorld {
 public:
  virtual ~FilesWorld() = default;

  virtual TwoNodes& nodes() = 0;
  // Node 0's.
  virtual Files& files() = 0;
  // One with nothing in it.
  virtual std::string directory() = 0;
};

struct FilesArm {
  std::string name;
  std::function<std::unique_ptr<FilesWorld>()> make;
};

class FilesConformance : public testing::TestWithParam<FilesArm> {
 public:
  using Handle = std::unique_ptr<File>;
  using Names = std::vector<std::string>;

  void Run(std::function<void()> body) {
    world_->nodes().Run(std::move(body), [] {});
  }

  std::string At(absl::string_view name) { return absl::StrCat(world_->directory(), "/", name); }
  absl::StatusOr<Handle> TryOpen(absl::string_view name, OpenMode mode) {
    return files_.Open(At(name), mode);
  }
  Handle Open(absl::string_view name, OpenMode mode = OpenMode::kCreate) {
    auto file = TryOpen(name, mode);
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  void Make(absl::string_view name, absl::string_view bytes) {
    ExpectOk(Open(name, OpenMode::kReplace)->WriteAt(0, bytes));
  }
  static std::string ReadAll(File& file) {
    std::string bytes;
    while (true) {
      const auto count = file.ReadAt(bytes.size(), 1000, bytes);
      EXPECT_TRUE(count.ok()) << count.status();
      if (!count.ok() || *count == 0) return bytes;
    }
  }
  std::string TextOf(absl::string_view name) { return ReadAll(*Open(name, OpenMode::kRead)); }
  Names List() {
    const auto names = files_.List(world_->directory());
    EXPECT_TRUE(names.ok()) << names.status();
    return names.ok() ? *names : Names{"?"};
  }
  static void ExpectOk(const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; }
  static void ExpectCode(const absl::Status& status, absl::StatusCode code) {
    EXPECT_EQ(status.code(), code) << status;
  }

  const std::unique_ptr<FilesWorld> world_ = GetParam().make();
  Files& files_ = world_->files();
};

TEST_P(FilesConformance, WhatWasWrittenIsRead) {
  Run([this] {
    const Handle file = Open("a");
    ExpectOk(file->WriteAt(0, "hello world"));
    ExpectOk(file->WriteAt(6, "there"));
    ExpectOk(file->WriteAt(3, ""));
    EXPECT_EQ(ReadAll(*file), "hello there");
    std::string bytes = "kept ";
    EXPECT_EQ(*file->ReadAt(6, 2, bytes), 2u);
    EXPECT_EQ(bytes, "kept th");
    EXPECT_EQ(*file->ReadAt(11, 100, bytes), 0u);
    EXPECT_EQ(*file->ReadAt(uint64_t{1} << 63, 100, bytes), 0u);
    ExpectOk(file->Sync());
    ExpectOk(files_.SyncDirectory(world_->directory()));
    EXPECT_EQ(TextOf("a"), "hello there");
  });
}

TEST_P(FilesConformance, AGapReadsAsZeros) {
  Run([this] {
    const Handle file = Open("a");
    ExpectOk(file->WriteAt(3, "x"));
    EXPECT_EQ(ReadAll(*file), std::string("\0\0\0x", 4));
    EXPECT_EQ(*file->Size(), 4u);
    ExpectOk(file->Truncate(6));
    EXPECT_EQ(ReadAll(*file), std::string("\0\0\0x\0\0", 6));
    ExpectOk(file->Truncate(2));
    EXPECT_EQ(*file->Size(), 2u);
    ExpectCode(file->WriteAt(UINT64_MAX, "x"), absl::StatusCode::kInvalidArgument);
    ExpectCode(file->Truncate(UINT64_MAX), absl::StatusCode::kInvalidArgument);
  });
}

TEST_P(FilesConformance, OneReadTakesNoMoreThanItsBound) {
  Run([this] {
    const Handle file = Open("a");
    const std::string bytes(3 * kReadBytesMax, 'x');
    ExpectOk(file->WriteAt(0, bytes));
    std::string read;
    EXPECT_EQ(*file->ReadAt(0, SIZE_MAX, read), kReadBytesMax);
    EXPECT_EQ(read.size(), kReadBytesMax);
    EXPECT_TRUE(ReadAll(*file) == bytes);
  });
}

TEST_P(FilesConformance, ModesSayWhatMustBeThere) {
  Run([this] {
    for (const OpenMode mode : {OpenMode::kRead, OpenMode::kWrite}) {
      const absl::Status status = TryOpen("a", mode).status();
      ExpectCode(status, absl::StatusCode::kNotFound);
      EXPECT_TRUE(absl::StrContains(status.message(), At("a"))) << status;
    }
    ExpectOk(Open("a", OpenMode::kCreateNew)->WriteAt(0, "text"));
    ExpectCode(TryOpen("a", OpenMode::kCreateNew).status(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(ReadAll(*Open("a", OpenMode::kCreate)), "text");
    EXPECT_EQ(ReadAll(*Open("a", OpenMode::kWrite)), "text");
    const Handle reading = Open("a", OpenMode::kRead);
    ExpectCode(reading->WriteAt(0, "x"), absl::StatusCode::kFailedPrecondition);
    ExpectCode(reading->Truncate(0), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ReadAll(*Open("a", OpenMode::kReplace)), "");
  });
}

TEST_P(FilesConformance, ClosedItDoesNothingMore) {
  Run([this] {
    const Handle file = Open("a");
    file->Close();
    file->Close();
    std::string bytes;
    ExpectCode(file->ReadAt(0, 1, bytes).status(), absl::StatusCode::kFailedPrecondition);
    ExpectCode(file->WriteAt(0, "x"), absl::StatusCode::kFailedPrecondition);
    ExpectCode(file->Sync(), absl::StatusCode::kFailedPrecondition);
    ExpectCode(file->Size().status(), absl::StatusCode::kFailedPrecondition);
  });
}

TEST_P(FilesConformance, ARenamedFileTakesThePlaceOfAnother) {
  Run([this] {
    Make("old", "new text");
    Make("there", "old text");
    const Handle open = Open("there", OpenMode::kRead);
    ExpectOk(files_.Rename(At("old"), At("there")));
    EXPECT_EQ(List(), (Names{"there"}));
    EXPECT_EQ(TextOf("there"), "new text");
    EXPECT_EQ(ReadAll(*open), "old text");
    ExpectCode(files_.Rename(At("old"), At("x")), absl::StatusCode::kNotFound);
    ExpectOk(files_.Rename(At("there"), At("there")));
  });
}

TEST_P(FilesConformance, ARemovedFileStaysWithWhoHasItOpen) {
  Run([this] {
    Make("a", "text");
    const Handle open = Open("a", OpenMode::kWrite);
    ExpectOk(files_.Remove(At("a")));
    ExpectCode(files_.Remove(At("a")), absl::StatusCode::kNotFound);
    EXPECT_EQ(List(), Names());
    ExpectOk(open->WriteAt(4, "!"));
    EXPECT_EQ(ReadAll(*open), "text!");
  });
}

TEST_P(FilesConformance, DirectoriesAreListedInOrderAndGoWhenEmpty) {
  Run([this] {
    ExpectOk(files_.MakeDirectory(At("d")));
    ExpectCode(files_.MakeDirectory(At("d")), absl::StatusCode::kAlreadyExists);
    for (const char* const name : {"d/b", "d/B", "d/a", "d/a.b", "d-"}) Make(name, "x");
    ExpectOk(files_.MakeDirectory(At("d/c")));
    Make("d/c/deep", "x");
    EXPECT_EQ(List(), (Names{"d", "d-"}));
    EXPECT_EQ(*files_.List(At("d")), (Names{"B", "a", "a.b", "b", "c"}));
    ExpectCode(files_.Remove(At("d/c")), absl::StatusCode::kFailedPrecondition);
    ExpectOk(files_.Rename(At("d"), At("e")));
    EXPECT_EQ(TextOf("e/c/deep"), "x");
    ExpectCode(files_.List(At("d")).status(), absl::StatusCode::kNotFound);
    ExpectOk(files_.Remove(At("e/c/deep")));
    ExpectOk(files_.Remove(At("e/c")));
    EXPECT_EQ(*files_.List(At("e")), (Names{"B", "a", "a.b", "b"}));
  });
}

TEST_P(FilesConformance, FilesAndDirectoriesAreNotTakenForEachOther) {
  Run([this] {
    Make("file", "x");
    ExpectOk(files_.MakeDirectory(At("d")));
    const auto wrong = absl::StatusCode::kFailedPrecondition;
    ExpectCode(TryOpen("d", OpenMode::kRead).status(), wrong);
    ExpectCode(TryOpen("d", OpenMode::kWrite).status(), wrong);
    ExpectCode(TryOpen("file/x", OpenMode::kCreate).status(), wrong);
    ExpectCode(files_.List(At("file")).status(), wrong);
    ExpectCode(files_.SyncDirectory(At("file")), wrong);
    ExpectCode(files_.Rename(At("file"), At("d")), wrong);
    ExpectCode(TryOpen("no/x", OpenMode::kCreate).status(), absl::StatusCode::kNotFound);
    ExpectCode(files_.MakeDirectory(At("no/x")), absl::StatusCode::kNotFound);
    ExpectCode(files_.SyncDirectory(At("no")), absl::StatusCode::kNotFound);
    ExpectCode(files_.Rename(At("d"), At("d/e")), absl::StatusCode::kInvalidArgument);
  });
}

TEST_P(FilesConformance, WhatCannotBeAPathIsRefused) {
  Run([this] {
    ExpectCode(files_.Open("", OpenMode::kCreate).status(), absl::StatusCode::kNotFound);
    Make("a", "text");
    for (const std::string& name : {std::string("a\0b", 3), std::string(300, 'x')}) {
      const auto wrong = absl::StatusCode::kInvalidArgument;
      ExpectCode(TryOpen(name, OpenMode::kCreate).status(), wrong);
      ExpectCode(files_.MakeDirectory(At(name)), wrong);
      ExpectCode(files_.Rename(At("a"), At(name)), wrong);
    }
    EXPECT_EQ(List(), (Names{"a"}));
  });
}

TEST_P(FilesConformance, SeveralFibersUseOneFile) {
  Run([this] {
    const Handle file = Open("a");
    std::vector<std::unique_ptr<Beside>> fibers;
    for (size_t i = 0; i < 8; ++i) {
      fibers.push_back(std::make_unique<Beside>([&file, i] {
        for (size_t j = 0; j < 20; ++j) {
          ExpectOk(file->WriteAt((j * 8 + i) * 4, absl::StrCat(i, i, i, i)));
        }
      }));
    }
    for (const auto& fiber : fibers) fiber->Join();
    std::string expected;
    for (size_t j = 0; j < 20; ++j) expected += "00001111222233334444555566667777";
    EXPECT_EQ(ReadAll(*file), expected);
  });
}

TEST_P(FilesConformance, WhoIsKilledInTheMiddleBreaksNothing) {
  Run([this] {
    const Handle file = Open("a");
    for (int i = 0; i < 20; ++i) {
      Event ended;
      Task& task = Task::Start(
          CurrentNode(), "killed",
          [&] {
            const Handle own = Open("b");
            while (true) {
              (void)own->WriteAt(0, "own");
              (void)file->WriteAt(0, "shared");
            }
          },
          [&](GuardResult, const std::exception_ptr&) { ended.Set(); });
      Pass(absl::Microseconds(200));
      task.RequestKill();
      ended.Await();
      task.Unref();
    }
    // What the last one had begun may still happen, and touches the first six bytes alone.
    ExpectOk(file->WriteAt(6, "whole"));
    EXPECT_EQ(ReadAll(*file).substr(6), "whole");
  });
}

}  // namespace rehearse

#endif  // REHEARSE_TESTS_CONFORMANCE_FILES_CONFORMANCE_H_
