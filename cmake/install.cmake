# `cmake --install`: the command, both libraries, headers, pkg-config, man page, completions, and
# libduckdb in lib/sluice/, where the installed command looks for it.
set_target_properties(sluice_shared PROPERTIES INSTALL_RPATH "$ORIGIN/sluice")
if(TARGET sluice)
  set_target_properties(sluice PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/sluice")
  install(TARGETS sluice RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(TARGETS sluice_shared sluice_static
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/sluice DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES "${SLUICE_DEPS}/lib/libduckdb.so" DESTINATION lib/sluice)
install(FILES docs/sluice.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sluice OPTIONAL)

configure_file(cmake/sluice.pc.in sluice.pc @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/sluice.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
