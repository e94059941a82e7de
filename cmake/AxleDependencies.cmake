# Every library that axle is built from, found on the system. The reasons stand in README.md.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Boost.Process v2 is header-only up to 1.85 and a compiled library from 1.86 on.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)
endif()
find_package(Boost 1.81 REQUIRED CONFIG OPTIONAL_COMPONENTS process)
if(Boost_VERSION_STRING VERSION_GREATER_EQUAL 1.86 AND NOT TARGET Boost::process)
  message(FATAL_ERROR "Boost ${Boost_VERSION_STRING} needs its compiled process library "
                      "(libboost-process-dev or boost-process)")
endif()
add_library(axle_boost INTERFACE)
target_link_libraries(axle_boost INTERFACE Boost::headers Threads::Threads)
if(TARGET Boost::process)
  target_link_libraries(axle_boost INTERFACE Boost::process)
endif()
target_compile_definitions(axle_boost INTERFACE BOOST_PROCESS_USE_STD_FS=1 BOOST_ASIO_NO_DEPRECATED)

find_package(nlohmann_json 3.11 REQUIRED CONFIG)
add_library(axle_json INTERFACE)
target_link_libraries(axle_json INTERFACE nlohmann_json::nlohmann_json)
target_compile_definitions(axle_json INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0)

find_package(CLI11 2.1 REQUIRED CONFIG)
find_package(fmt 9 REQUIRED CONFIG)

# What only comes as a shared library costs a program milliseconds at its start (libarchive alone
# brings a dozen others along), so a program that is handed out holds it inside. Each of these has
# the same name either way.
find_package(tomlplusplus 3.3 REQUIRED CONFIG)
find_package(LibArchive 3.6 REQUIRED)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
add_library(axle_toml INTERFACE)
add_library(axle_archive INTERFACE)
add_library(axle_nettle INTERFACE)
if(AXLE_STATIC_RUNTIME)
  include(AxleStaticLibraries)
else()
  target_link_libraries(axle_toml INTERFACE tomlplusplus::tomlplusplus)
  target_link_libraries(axle_archive INTERFACE LibArchive::LibArchive)
  target_link_libraries(axle_nettle INTERFACE PkgConfig::NETTLE)
endif()
