#include "dicom/edit/rewriter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/files.h"
#include "dicom/byte_input.h"
#include "dicom/dataset_walk.h"
#include "dicom/edit/deflater.h"
#include "dicom/edit/element_walk.h"
#include "dicom/edit/patches.h"
#include "dicom/part10_header.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::uint64_t kMetaStart = 132;  // behind the preamble and DICM
constexpr std::uint32_t kMediaStorageSopClassUid = Tag(0x0002, 0x0002);
constexpr std::uint32_t kMediaStorageSopInstanceUid = Tag(0x0002, 0x0003);

Result<std::uint64_t> Inflate(const FileInput& deflated, int to) {
  InflatingInput input(deflated, kMostInflated);
  FdSink sink(to);
  std::array<char, 65536> piece;
  while (true) {
    GATEWAY_ASSIGN(const std::size_t count, input.Read(piece));
    GATEWAY_TRY(sink.Write({piece.data(), count}));
    if (count < piece.size()) break;
  }
  GATEWAY_TRY(input.ReadToEnd());
  GATEWAY_TRY(sink.Flush());
  return sink.written();
}

// Corrects the UIDs of the File Meta Information, and asks the caller's editor about the rest.
class MetaEditor : public ElementEditor {
 public:
  MetaEditor(ElementEditor& editor, std::optional<std::string> sop_class, std::optional<std::string> sop_instance)
      : editor_(editor), sop_class_(std::move(sop_class)), sop_instance_(std::move(sop_instance)) {}

  Result<void> Enter(const Place& place) override { return editor_.Enter(place); }
  Result<Decision> Decide(const Place& place, const ElementView& element) override {
    constexpr VrLetters kUid{'U', 'I'};
    if (element.tag == Tag(0x0002, 0x0000)) return Decision::Keep();
    if (element.tag == kMediaStorageSopClassUid && sop_class_) return Decision::Replace(*sop_class_, kUid);
    if (element.tag == kMediaStorageSopInstanceUid && sop_instance_) return Decision::Replace(*sop_instance_, kUid);
    return editor_.Decide(place, element);
  }
  Result<std::vector<NewElement>> Leave(const Place& place) override { return editor_.Leave(place); }

 private:
  ElementEditor& editor_;
  const std::optional<std::string> sop_class_;
  const std::optional<std::string> sop_instance_;
};

}  // namespace

Result<EditedFile> EditedFile::Open(int fd, const InstanceHeader& header, const NewFile& new_file) {
  EditedFile file(fd, header);
  FileInput input(fd, header.dataset_offset, header.file_size);
  GATEWAY_ASSIGN(file.encoding_, EncodingIn(input, header.transfer_syntax_uid));
  file.dataset_ = fd;
  file.begin_ = header.dataset_offset;
  file.end_ = header.file_size;
  if (!file.encoding_.deflated) return file;
  GATEWAY_ASSIGN(file.inflated_, new_file());
  file.dataset_ = file.inflated_.get();
  file.begin_ = 0;
  GATEWAY_ASSIGN(file.end_, Inflate(input, file.dataset_));
  return file;
}

Result<void> EditedFile::Visit(ElementEditor& editor) const {
  Patches unused;
  return ElementWalk(FileInput(dataset_, begin_, end_), encoding_, false, editor, unused).Run();
}

Result<void> EditedFile::Rewrite(ElementEditor& editor, int out, Trailing trailing) const {
  Patches changes;
  ElementWalk walk(FileInput(dataset_, begin_, end_), encoding_, false, editor, changes);
  GATEWAY_TRY(walk.Run());
  FdSink sink(out);
  if (header_.has_meta_header) {
    Patches meta_changes;
    MetaEditor meta_editor(editor, walk.new_sop_class_uid(), walk.new_sop_instance_uid());
    GATEWAY_TRY(
        ElementWalk(FileInput(fd_, kMetaStart, header_.dataset_offset), {}, true, meta_editor, meta_changes).Run());
    GATEWAY_TRY(meta_changes.Apply(fd_, {0, header_.dataset_offset}, sink));
  } else {
    InstanceHeader header = header_;
    header.sop_class_uid = walk.new_sop_class_uid().value_or(header.sop_class_uid);
    header.sop_instance_uid = walk.new_sop_instance_uid().value_or(header.sop_instance_uid);
    GATEWAY_TRY(sink.Write(Part10Header(header)));
  }
  const bool drop = trailing == Trailing::drop || encoding_.deflated;
  const ByteRange range{begin_, (drop ? walk.end() : end_) - begin_};
  if (encoding_.deflated) {
    DeflatingSink deflating(sink);
    GATEWAY_TRY(changes.Apply(dataset_, range, deflating));
    GATEWAY_TRY(deflating.Finish());
  } else {
    GATEWAY_TRY(changes.Apply(dataset_, range, sink));
  }
  return sink.Flush();
}

}  // namespace gateway::dicom
