# Builds of everything with clang's sanitizers:  -DGATEWAY_SANITIZE=address,undefined   or   =thread
# The first also builds tests/fuzz, and the folders that it links have the coverage that libFuzzer goes by. A finding ends
# the program.
# tests/sanitize/build.sh configures and builds both. Not optimised: compiling is most of what they cost in tests/run.sh;
# tests/fuzz/run.sh, which fuzzes for hours, adds -O1.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  message(FATAL_ERROR "GATEWAY_SANITIZE wants clang: see tests/sanitize/build.sh")
endif()

add_compile_options(-pthread -g1 -fsanitize=${GATEWAY_SANITIZE} -fno-sanitize-recover=all
                    -fno-omit-frame-pointer)
if(GATEWAY_SANITIZE MATCHES undefined)
  # To look at an object it opens a pipe, which the sandbox forbids; and it wants type information that SOCI hides.
  add_compile_options(-fno-sanitize=vptr)
endif()
add_link_options(-fsanitize=${GATEWAY_SANITIZE} -fuse-ld=lld)

# What the sanitizers are told; for each program.
add_library(sanitizer_options OBJECT ${CMAKE_CURRENT_LIST_DIR}/options.cc)
link_libraries($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:$<TARGET_OBJECTS:sanitizer_options>>)

# What the fuzz targets link. Coverage is a quarter of compiling, and nobody asks for that of the other folders.
set(GATEWAY_FUZZED base telemetry policy attributes config routing spool dicom mime openpgp mail security opener)
list(TRANSFORM GATEWAY_FUZZED PREPEND gateway_)

# A folder of src.
function(gateway_sanitize_folder target)
  # Warnings are the other compiler's business; what only this one compiles, the tests, keeps them.
  target_compile_options(${target} PRIVATE -w)
  if(GATEWAY_SANITIZE MATCHES address AND target IN_LIST GATEWAY_FUZZED)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()
