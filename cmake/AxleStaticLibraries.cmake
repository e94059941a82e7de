# axle_toml, axle_archive and axle_nettle without a shared library behind them, for AXLE_STATIC_RUNTIME.

# Packagers compile toml++; its headers alone do as well.
get_target_property(axle_toml_include tomlplusplus::tomlplusplus INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(axle_toml SYSTEM INTERFACE ${axle_toml_include})
target_compile_definitions(axle_toml INTERFACE TOML_HEADER_ONLY=1)

# Sets `result` to the static archives of `names`, in that order, or to nothing and says which one
# is missing.
function(axle_find_static result)
  set(found)
  foreach(name IN LISTS ARGN)
    find_library(AXLE_STATIC_${name} "lib${name}.a")
    mark_as_advanced(AXLE_STATIC_${name})
    if(NOT AXLE_STATIC_${name})
      message(STATUS "lib${name}.a is missing: axle will load a shared library instead")
      set(${result} "" PARENT_SCOPE)
      return()
    endif()
    list(APPEND found "${AXLE_STATIC_${name}}")
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

axle_find_static(axle_static_nettle nettle)
if(axle_static_nettle)
  target_include_directories(axle_nettle SYSTEM INTERFACE ${NETTLE_INCLUDE_DIRS})
  target_link_libraries(axle_nettle INTERFACE ${axle_static_nettle})
else()
  target_link_libraries(axle_nettle INTERFACE PkgConfig::NETTLE)
endif()

# The linker drops libarchive's format xar, which is all that it needs libxml2 for, before it asks
# for libxml2. Whether that works here is tried, not assumed.
axle_find_static(axle_static_archive archive nettle acl lzma zstd lz4 bz2 z)
if(axle_static_archive)
  include(CheckCXXSourceCompiles)
  set(CMAKE_REQUIRED_INCLUDES ${LibArchive_INCLUDE_DIRS})
  set(CMAKE_REQUIRED_LIBRARIES ${axle_static_archive} -Wl,--gc-sections)
  check_cxx_source_compiles("
    #include <archive.h>
    int main() {
      archive* reader = archive_read_new();
      archive_read_support_format_tar(reader);
      archive_read_support_format_zip(reader);
      archive_read_support_filter_all(reader);
      archive* writer = archive_write_new();
      archive_write_set_format_pax_restricted(writer);
      archive_write_add_filter_gzip(writer);
      archive_write_free(writer);
      archive* disk = archive_write_disk_new();
      archive_write_free(disk);
      return archive_read_free(reader);
    }" AXLE_STATIC_ARCHIVE_LINKS)
  unset(CMAKE_REQUIRED_INCLUDES)
  unset(CMAKE_REQUIRED_LIBRARIES)
endif()
if(AXLE_STATIC_ARCHIVE_LINKS)
  target_include_directories(axle_archive SYSTEM INTERFACE ${LibArchive_INCLUDE_DIRS})
  target_link_libraries(axle_archive INTERFACE ${axle_static_archive})
  target_link_options(axle_archive INTERFACE -Wl,--gc-sections)
else()
  target_link_libraries(axle_archive INTERFACE LibArchive::LibArchive)
endif()
