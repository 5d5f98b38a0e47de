// Writes a changed copy of a DICOM file in bounded memory: what no editor changes is copied byte
// for byte, pixel data included. The input is hostile.
//
//   EditedFile::Open -> Visit (as often as needed: to look, nothing is changed) -> Rewrite
//
// - Any encoding is read as element_reader.h reads it, and stays what it was: VRs, byte order,
// known
//   and undefined lengths. A deflated data set is inflated, changed, and deflated again.
// - The preamble and the File Meta Information stay. The rewriter only corrects Media Storage SOP
//   Class and Instance UID (0002,0002), (0002,0003), if the editor changes the UIDs of the data set,
//   and the group length. A bare data set becomes a Part 10 file.
// - Lengths of sequences, items and groups around a change are corrected; undefined ones stay so.
#pragma once

#include <cstdint>
#include <functional>

#include "base/handles.h"
#include "dicom/edit/element_editor.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Makes an empty file for what does not fit into memory.
using NewFile = std::function<Result<UniqueFd>()>;

class EditedFile {
 public:
  // `header` is that of `fd`, which must stay open. `new_file` is called only for a deflated data
  // set. Errors: corrupt "dicom-damaged", and those of the file system.
  static Result<EditedFile> Open(int fd, const InstanceHeader& header, const NewFile& new_file);

  // Asks `editor` about everything in the data set, but changes nothing. Errors: those of the
  // editor, and corrupt "dicom-damaged" if the data set cannot be read to its end.
  Result<void> Visit(ElementEditor& editor) const;

  // Says what to do with bytes behind the last element: padding, and whatever follows complete
  // pixel data and is no element. A deflated data set has none in its copy.
  enum class Trailing { keep, drop };
  // Asks `editor` about everything, first in the data set, then in the File Meta Information, and
  // writes the copy to `out`, an empty file. The caller reads the new header from it. Errors: those
  // of Visit(), and corrupt "value-too-long" and "edit-too-large".
  Result<void> Rewrite(ElementEditor& editor, int out, Trailing trailing = Trailing::keep) const;

 private:
  EditedFile(int fd, const InstanceHeader& header) : fd_(fd), header_(header) {}

  int fd_;  // the file itself
  InstanceHeader header_;
  UniqueFd inflated_;  // the data set, if it was deflated
  int dataset_ = -1;   // one of both, and the place of the data set in it
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  ElementEncoding encoding_;
};

}  // namespace gateway::dicom
