#include "document_kit.h"

#include <sstream>

#include "base/files.h"

namespace gateway::dicom {
namespace {

std::string Script(const std::string& name) {
  return std::string(REPOSITORY_DIR) + "/tests/unit/dicom/" + name;
}

std::filesystem::path Made(const std::filesystem::path& file, const std::vector<std::string>& command) {
  const Finished done = RunTool(command);
  if (done.exit_code != 0) throw std::runtime_error(command.front() + ": " + done.output);
  return file;
}

std::string Number(unsigned number) {
  return std::to_string(number);
}

}  // namespace

std::filesystem::path Documents::Reference(const std::string& syntax, const std::string& character_set,
                                           const std::string& name, bool undefined) const {
  const std::filesystem::path file = directory_ / "reference.dcm";
  return Made(file, {"/usr/bin/python3", Script("write_reference.py"), file, syntax, character_set, name,
                     undefined ? "undefined" : "defined"});
}

std::filesystem::path Documents::Document(const std::string& content) const {
  const std::filesystem::path file = directory_ / "document";
  WriteFile(file, content);
  return file;
}

std::filesystem::path Documents::Png(const std::vector<std::string>& arguments, std::string& pixels) const {
  const std::filesystem::path file = directory_ / "image.png";
  std::vector<std::string> command{"/usr/bin/python3", Script("make_image.py"), file, directory_ / "pixels"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Made(file, command);
  pixels = ReadAll(directory_ / "pixels");
  return file;
}

std::filesystem::path Documents::Jpeg(bool colour, unsigned width, unsigned height,
                                      const std::vector<std::string>& options) const {
  std::string pnm = std::string(colour ? "P6 " : "P5 ") + Number(width) + " " + Number(height) + " 255\n";
  for (unsigned y = 0; y < height; ++y) {
    for (unsigned x = 0; x < width; ++x) {
      pnm += static_cast<char>(x * 255 / width);
      if (colour) pnm.append({static_cast<char>(y * 255 / height), static_cast<char>((x + y) % 256)});
    }
  }
  const std::filesystem::path file = directory_ / "image.jpg";
  WriteFile(directory_ / "image.pnm", pnm);
  std::vector<std::string> command{"cjpeg", "-quality", "80", "-outfile", file};
  command.insert(command.end(), options.begin(), options.end());
  command.push_back(directory_ / "image.pnm");
  return Made(file, command);
}

std::string Documents::DecodedByDjpeg(const std::filesystem::path& jpeg) const {
  const std::filesystem::path pnm = directory_ / "decoded.pnm";
  const std::string content = ReadAll(Made(pnm, {"djpeg", "-dct", "int", "-pnm", "-outfile", pnm, jpeg}));
  std::istringstream head(content);
  std::string magic;
  unsigned width = 0;
  unsigned height = 0;
  unsigned top = 0;
  head >> magic >> width >> height >> top;
  return content.substr(static_cast<std::size_t>(head.tellg()) + 1);
}

Result<InstanceHeader> Documents::Write(const std::filesystem::path& document, DocumentKind kind,
                                        const std::string& title) {
  static const std::string usual = ReadAll(Reference());
  WriteFile(directory_ / "reference.dcm", usual);
  return Write(document, kind, title, directory_ / "reference.dcm");
}

Result<InstanceHeader> Documents::Write(const std::filesystem::path& document, DocumentKind kind,
                                        const std::string& title, const std::filesystem::path& reference) {
  object_ = directory_ / ("object-" + std::to_string(++objects_) + ".dcm");
  GATEWAY_ASSIGN(const UniqueFd in, OpenForReading(document));
  GATEWAY_ASSIGN(const UniqueFd study, OpenForReading(reference));
  GATEWAY_ASSIGN(const UniqueFd out, CreateFile(object_));
  const DocumentIdentity identity = IdentifyDocument("klinikum-a", "1.2.3", std::string(64, 'a'), title);
  return WriteDocumentObject(in.get(), kind, study.get(), identity, out.get());
}

ReadObject Documents::Read() const {
  const Finished done =
      RunTool({"/usr/bin/python3", "-W", "ignore", Script("document_oracle.py"), object_, directory_ / "payload"});
  EXPECT_EQ(done.exit_code, 0) << done.output;
  ReadObject read;
  std::istringstream lines(done.output);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) read.values.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  read.payload = ReadAll(directory_ / "payload");
  return read;
}

std::string Documents::Complaints() const {
  std::istringstream lines(RunTool({"dciodvfy", object_}).output);
  std::string complaints;
  for (std::string line; std::getline(lines, line);) {
    const bool complaint = line.starts_with("Error") || line.starts_with("Warning");
    const bool known = line.find("DICOMDIR") != std::string::npos || line.find("<Laterality>") != std::string::npos;
    if (complaint && !known) complaints += line + "\n";
  }
  return complaints;
}

std::optional<DocumentKind> Recognise(const std::filesystem::path& document, const std::string& media_type) {
  const UniqueFd fd(OpenForReading(document).value());
  return RecogniseDocument(fd.get(), media_type).value();
}

}  // namespace gateway::dicom
