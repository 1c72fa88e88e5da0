# `cmake --install`: the command, both libraries, headers, pkg-config, man page, completions, and
# libduckdb in lib/sluice/, where the installed command looks for it.
set_target_properties(sluice_shared PROPERTIES INSTALL_RPATH "$ORIGIN/sluice")
if(TARGET sluice)
  set_target_properties(sluice PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/sluice")
  install(TARGETS sluice RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # The command prints its own completion scripts; each shell has a name and a place for them.
  foreach(entry bash:bash-completion/completions/sluice zsh:zsh/site-functions/_sluice
                fish:fish/vendor_completions.d/sluice.fish)
    string(REPLACE ":" ";" entry ${entry})
    list(GET entry 0 shell)
    list(GET entry 1 place)
    get_filename_component(folder ${place} DIRECTORY)
    get_filename_component(file ${place} NAME)
    install(CODE "execute_process(COMMAND \"$<TARGET_FILE:sluice>\" completion ${shell}
      OUTPUT_FILE \"${CMAKE_BINARY_DIR}/completion/${file}\" COMMAND_ERROR_IS_FATAL ANY)")
    install(FILES "${CMAKE_BINARY_DIR}/completion/${file}" DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder})
  endforeach()
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/completion")
endif()
install(TARGETS sluice_shared sluice_static
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/sluice DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT headers
  FILES_MATCHING PATTERN "*.h")
install(FILES "${SLUICE_DEPS}/lib/libduckdb.so" DESTINATION lib/sluice)
# The Python package, for sources of python:, which the command runs in a Python of their own.
if(TARGET sl_python)
  install(TARGETS sl_python LIBRARY DESTINATION lib/sluice/python)
  install(DIRECTORY python/sluice python/dagster_sluice DESTINATION lib/sluice/python
    PATTERN "__pycache__" EXCLUDE)
endif()
install(FILES docs/sluice.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/sluice OPTIONAL)

configure_file(cmake/sluice.pc.in sluice.pc @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/sluice.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
