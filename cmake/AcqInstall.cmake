# What is installed where, and the Debian package made of it.
#
# The unit names the places of the daemon and its configuration, so the prefix is chosen when
# configuring (/usr unless told otherwise), not when installing; DESTDIR works as usual.
include(GNUInstallDirs)

install(CODE "
  if(NOT CMAKE_INSTALL_PREFIX STREQUAL \"${CMAKE_INSTALL_PREFIX}\")
    message(FATAL_ERROR \"configured for the prefix ${CMAKE_INSTALL_PREFIX}: configure again with \"
      \"-DCMAKE_INSTALL_PREFIX=\${CMAKE_INSTALL_PREFIX}, or set DESTDIR\")
  endif()")

set(ACQ_INSTALL_STAGE ${CMAKE_BINARY_DIR}/install)
set(ACQ_UNIT_DIR ${CMAKE_INSTALL_PREFIX}/lib)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(ACQ_UNIT_DIR /lib)  # where Debian 12 keeps its units
endif()

# Debian keeps manual pages and changelogs compressed, without a time inside.
function(acq_install_compressed source destination name)
  set(packed ${ACQ_INSTALL_STAGE}/${name}.gz)
  file(MAKE_DIRECTORY ${ACQ_INSTALL_STAGE})
  execute_process(COMMAND gzip -9nc ${source} OUTPUT_FILE ${packed} COMMAND_ERROR_IS_FATAL ANY)
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  install(FILES ${packed} DESTINATION ${destination})
endfunction()

install(TARGETS acqd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# The first configuration is the embedded one, with the recording where it is installed.
set(data ${CMAKE_INSTALL_FULL_DATADIR}/acqd)
configure_file(daemon/config/default.toml ${ACQ_INSTALL_STAGE}/acqd.toml @ONLY)
install(FILES ${ACQ_INSTALL_STAGE}/acqd.toml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/acqd)
install(FILES tests/data/ecg.sigmf-meta tests/data/ecg.sigmf-data DESTINATION ${CMAKE_INSTALL_DATADIR}/acqd)
install(FILES tests/data/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME recordings.md)
configure_file(systemd/acqd.service.in ${ACQ_INSTALL_STAGE}/acqd.service @ONLY)
install(FILES ${ACQ_INSTALL_STAGE}/acqd.service DESTINATION ${ACQ_UNIT_DIR}/systemd/system)
install(FILES systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME acqd.conf)
install(FILES systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME acqd.conf)
install(FILES systemd/60-acqd.rules DESTINATION ${ACQ_UNIT_DIR}/udev/rules.d)
install(FILES systemd/realtime.conf systemd/network.conf systemd/serial.conf systemd/usb.conf
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES cmake/deb/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
acq_install_compressed(${CMAKE_SOURCE_DIR}/docs/acqd.8 ${CMAKE_INSTALL_MANDIR}/man8 acqd.8)
acq_install_compressed(${CMAKE_SOURCE_DIR}/clients/tools/acqctl.1 ${CMAKE_INSTALL_MANDIR}/man1 acqctl.1)
acq_install_compressed(${CMAKE_SOURCE_DIR}/CHANGELOG.md ${CMAKE_INSTALL_DOCDIR} changelog)

# Debian's own changelog names the package and its version.
string(TIMESTAMP ACQ_CHANGELOG_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(cmake/deb/changelog.in ${ACQ_INSTALL_STAGE}/changelog.Debian @ONLY)
acq_install_compressed(${ACQ_INSTALL_STAGE}/changelog.Debian ${CMAKE_INSTALL_DOCDIR} changelog.Debian)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME acqd)
set(CPACK_PACKAGE_VENDOR "acqd contributors")
set(CPACK_PACKAGE_CONTACT "acqd contributors <acqd@acqd.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
  "acqd reads laboratory instruments, processes their samples as they come and\n\
publishes the results over ZeroMQ. Each sample is delivered, or counted as lost\n\
with its place and reason. acqctl shows and controls a running daemon.")
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/cmake/deb/conffiles
  ${CMAKE_SOURCE_DIR}/cmake/deb/postinst ${CMAKE_SOURCE_DIR}/cmake/deb/prerm
  ${CMAKE_SOURCE_DIR}/cmake/deb/postrm)
include(CPack)
