# acq_add(BLOCK x) or acq_add(DRIVER x): the one line of a plug-in. It adds the source and its test,
# refuses to configure when either is missing, and puts the name into the generated registry.
set(ACQ_BLOCK_SOURCES dsp/blocks)
set(ACQ_BLOCK_TESTS tests/dsp)
set(ACQ_DRIVER_SOURCES drivers/sources)
set(ACQ_DRIVER_TESTS tests/drivers)

function(acq_add kind name)
  if(NOT kind MATCHES "^(BLOCK|DRIVER)$")
    message(FATAL_ERROR "acq_add: unknown kind '${kind}'; allowed: BLOCK DRIVER")
  endif()
  set(source ${ACQ_${kind}_SOURCES}/${name}.cpp)
  set(test ${ACQ_${kind}_TESTS}/${name}_test.cpp)
  foreach(file ${source} ${test})
    if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${file})
      message(FATAL_ERROR "acq_add(${kind} ${name}): ${file} is missing")
    endif()
  endforeach()
  get_property(names GLOBAL PROPERTY ACQ_${kind}_NAMES)
  if(name IN_LIST names)
    message(FATAL_ERROR "acq_add(${kind} ${name}): added twice")
  endif()
  set_property(GLOBAL APPEND PROPERTY ACQ_${kind}_NAMES ${name})
  set_property(GLOBAL APPEND PROPERTY ACQ_${kind}_TEST_FILES ${CMAKE_SOURCE_DIR}/${test})
endfunction()

# Generates the table of all plug-ins of a kind and adds their sources to `target`.
function(acq_registry kind target)
  string(TOLOWER ${kind} lower)
  string(SUBSTRING ${kind} 0 1 initial)
  string(SUBSTRING ${lower} 1 -1 rest)
  set(type ${initial}${rest}Entry)
  get_property(names GLOBAL PROPERTY ACQ_${kind}_NAMES)
  set(externs "")
  set(entries "")
  set(sources "")
  list(LENGTH names count)
  foreach(name ${names})
    string(APPEND externs "extern const ${type} ${lower}_${name};\n")
    string(APPEND entries "    &${lower}_${name},\n")
    list(APPEND sources ${CMAKE_SOURCE_DIR}/${ACQ_${kind}_SOURCES}/${name}.cpp)
  endforeach()
  if(kind STREQUAL "BLOCK")
    set(header dsp/block.h)
  else()
    set(header drivers/driver.h)
  endif()
  set(generated ${CMAKE_BINARY_DIR}/generated/${lower}_registry.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT [=[
// Generated from the acq_add() lines.
#include <array>

#include "@header@"

namespace acq {
@externs@
namespace {
const std::array<const @type@*, @count@> kEntries = {
@entries@};
}  // namespace

std::span<const @type@* const> @lower@_registry() noexcept { return kEntries; }

const @type@* find_@lower@(std::string_view name) noexcept {
  for (const @type@* entry : kEntries) {
    if (entry->name == name) return entry;
  }
  return nullptr;
}

}  // namespace acq
]=])
  target_sources(${target} PRIVATE ${generated} ${sources})
endfunction()
