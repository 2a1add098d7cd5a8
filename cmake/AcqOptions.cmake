# One interface target carries the standard, the warnings and the hardening; every target links it.
add_library(acq_options INTERFACE)
add_library(acq::options ALIAS acq_options)
target_compile_features(acq_options INTERFACE cxx_std_20)
target_include_directories(acq_options INTERFACE ${CMAKE_SOURCE_DIR})
set_property(GLOBAL PROPERTY USE_FOLDERS ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

target_compile_options(acq_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wcast-align -Wunused -Wnull-dereference
  -Wimplicit-fallthrough -Wextra-semi)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns falsely inside its own headers with these when optimising.
  target_compile_options(acq_options INTERFACE -Wno-missing-field-initializers -Wno-null-dereference
    -Wno-restrict)
else()
  target_compile_options(acq_options INTERFACE -Wno-missing-field-initializers
    -Wno-missing-designated-field-initializers)
endif()
if(ACQ_WERROR)
  target_compile_options(acq_options INTERFACE -Werror)
endif()

if(ACQ_FUZZ)
  target_compile_options(acq_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(ACQ_SANITIZE)
  target_compile_options(acq_options INTERFACE -fsanitize=${ACQ_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(acq_options INTERFACE -fsanitize=${ACQ_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
  target_compile_options(acq_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
    -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
  target_link_options(acq_options INTERFACE -Wl,-z,relro,-z,now)
endif()

# Linking the debug tests with the default linker takes longer than compiling them.
find_program(ACQ_LLD ld.lld)
if(ACQ_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(acq_options INTERFACE -fuse-ld=lld)
endif()

find_program(ACQ_CCACHE ccache)
if(ACQ_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # One checkout's objects serve the others: a fresh clone builds what changed.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      env;CCACHE_BASEDIR=${CMAKE_SOURCE_DIR};CCACHE_NOHASHDIR=1;${ACQ_CCACHE})
endif()
