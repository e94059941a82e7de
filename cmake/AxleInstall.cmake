# What `cmake --install` puts where: the programs, and for other C++ programs the library axle::frontend,
# found with find_package(axle).
include(CMakePackageConfigHelpers)
set(axle_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/axle")

# The headers that users of the library include; those that these include come along. Everything else
# is private.
set(axle_public_headers
  frontend/batch.hpp
  frontend/builder.hpp
  frontend/leftovers.hpp
  frontend/output_claims.hpp
  frontend/shared_backends.hpp)

install(TARGETS axle axle-backend axle_frontend axle_ipc
  EXPORT axleTargets
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT programs
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT programs)

if(NOT CMAKE_CROSSCOMPILING)
  set(axle_printed "${PROJECT_BINARY_DIR}/printed")
  install(FILES "${axle_printed}/axle.1"
    DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT programs)
  install(FILES "${axle_printed}/axle.bash" RENAME axle
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT programs)
  install(FILES "${axle_printed}/_axle"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" COMPONENT programs)
  install(FILES "${axle_printed}/axle.fish"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT programs)
endif()

install(FILES backend/native_abi.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/axle" COMPONENT development)
install(CODE "
  set(axle_public_headers \"${axle_public_headers}\")
  set(axle_source_dir \"${PROJECT_SOURCE_DIR}\")
  set(axle_staging_dir \"${PROJECT_BINARY_DIR}/installed-headers\")
  set(axle_include_dir \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_INCLUDEDIR}/axle\")
  include(\"${PROJECT_SOURCE_DIR}/cmake/InstallHeaders.cmake\")"
  COMPONENT development)

# A static library leaves it to whoever links it to find what it is made of. Headers alone have gone
# into it by then.
set(AXLE_PACKAGE_NEEDS "find_dependency(Threads)\nfind_dependency(LibArchive 3.6)")
if(NOT AXLE_STATIC_RUNTIME)  # else toml++ is headers alone
  string(APPEND AXLE_PACKAGE_NEEDS "\nfind_dependency(tomlplusplus 3.3)")
endif()
if(TARGET Boost::process)
  string(APPEND AXLE_PACKAGE_NEEDS "\nfind_dependency(Boost 1.86 COMPONENTS process)")
endif()
configure_package_config_file(cmake/axleConfig.cmake.in "${PROJECT_BINARY_DIR}/axleConfig.cmake"
  INSTALL_DESTINATION "${axle_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/axleConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/axleConfig.cmake" "${PROJECT_BINARY_DIR}/axleConfigVersion.cmake"
  DESTINATION "${axle_package_dir}" COMPONENT development)
install(EXPORT axleTargets NAMESPACE axle:: DESTINATION "${axle_package_dir}" COMPONENT development)
