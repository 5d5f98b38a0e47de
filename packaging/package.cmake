# What is installed beside the program, and the Debian package: cpack -G DEB --config build/CPackConfig.cmake
set(packaging ${PROJECT_SOURCE_DIR}/packaging)
install(FILES ${packaging}/dicom-mail-gateway.service DESTINATION lib/systemd/system)
install(FILES ${packaging}/dicom-mail-gateway.sysusers DESTINATION lib/sysusers.d RENAME dicom-mail-gateway.conf)
install(FILES ${packaging}/dicom-mail-gateway.tmpfiles DESTINATION lib/tmpfiles.d RENAME dicom-mail-gateway.conf)
install(FILES ${packaging}/dicom-mail-gateway.logrotate DESTINATION /etc/logrotate.d RENAME dicom-mail-gateway)
install(FILES ${packaging}/dicom-mail-gateway.bash-completion
        DESTINATION share/bash-completion/completions RENAME dicom-mail-gateway)
set(documentation share/doc/dicom-mail-gateway)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${documentation}/docs)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/ DESTINATION ${documentation}/examples PATTERN examples EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/config/examples/ DESTINATION ${documentation}/examples OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${packaging}/debian/copyright DESTINATION ${documentation} OPTIONAL)

# Makes `made`, which is compressed, from what `COMMAND` prints.
function(gateway_compressed made)
  cmake_parse_arguments(arg "" "" "COMMAND;DEPENDS" ${ARGN})
  string(REPLACE ";" " " command "${arg_COMMAND}")
  add_custom_command(OUTPUT ${made} DEPENDS ${arg_DEPENDS} VERBATIM
                     COMMAND sh -c "${command} > ${made}.tmp && gzip -9n < ${made}.tmp > ${made} && rm ${made}.tmp")
endfunction()

set(changelog ${PROJECT_BINARY_DIR}/changelog.gz)
gateway_compressed(${changelog} COMMAND cat ${packaging}/debian/changelog DEPENDS ${packaging}/debian/changelog)
install(FILES ${changelog} DESTINATION ${documentation})
set(compressed ${changelog})

# Manual pages are made from pages of docs/, with lowdown. Without it the package has none.
find_program(LOWDOWN lowdown)
function(gateway_man_page name section summary page)
  set(made ${PROJECT_BINARY_DIR}/${name}.${section}.gz)
  gateway_compressed(${made}
    COMMAND python3 -B ${packaging}/man/man_page.py ${name} ${section} "'${summary}'" ${PROJECT_VERSION} ${page}
    DEPENDS ${packaging}/man/man_page.py ${page})
  install(FILES ${made} DESTINATION share/man/man${section})
  set(compressed ${compressed} ${made} PARENT_SCOPE)
endfunction()
if(LOWDOWN)
  gateway_man_page(dicom-mail-gateway 8 "carries DICOM studies between hospitals over encrypted e-mail"
                   ${PROJECT_SOURCE_DIR}/docs/commands.md)
  gateway_man_page(gateway.yaml 5 "the configuration of dicom-mail-gateway" ${PROJECT_SOURCE_DIR}/docs/configuration.md)
endif()
add_custom_target(documentation ALL DEPENDS ${compressed})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dicom-mail-gateway)
set(CPACK_PACKAGE_VENDOR "dicom-mail-gateway")
set(CPACK_PACKAGE_CONTACT "dicom-mail-gateway maintainers <maintainers@dicom-mail-gateway.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Carries DICOM studies between hospitals over encrypted e-mail")
set(CPACK_PACKAGE_DESCRIPTION_FILE ${packaging}/debian/description)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, systemd")
# sqlite3 makes backups of the ledger.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "logrotate, sqlite3")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${packaging}/debian/postinst ${packaging}/debian/prerm
                                       ${packaging}/debian/postrm ${packaging}/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
