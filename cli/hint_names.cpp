#include "cli/hint_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace axle::cli {
namespace {

/// What is wanted (or, with a "/" at its end, the folder that it is in), and the packages of
/// Debian and of Fedora that have it.
struct Provider {
  std::string_view wanted;
  std::string_view debian;
  std::string_view fedora;
};

constexpr std::array headers{
    Provider{"Python.h", "python3-dev", "python3-devel"},
    Provider{"ffi.h", "libffi-dev", "libffi-devel"},
    Provider{"openssl/", "libssl-dev", "openssl-devel"},
    Provider{"libxml/", "libxml2-dev", "libxml2-devel"},
    Provider{"libxslt/", "libxslt1-dev", "libxslt-devel"},
    Provider{"zlib.h", "zlib1g-dev", "zlib-devel"},
    Provider{"bzlib.h", "libbz2-dev", "bzip2-devel"},
    Provider{"lzma.h", "liblzma-dev", "xz-devel"},
    Provider{"zstd.h", "libzstd-dev", "libzstd-devel"},
    Provider{"sqlite3.h", "libsqlite3-dev", "sqlite-devel"},
    Provider{"libpq-fe.h", "libpq-dev", "libpq-devel"},
    Provider{"mysql.h", "default-libmysqlclient-dev", "mariadb-connector-c-devel"},
    Provider{"mysql/", "default-libmysqlclient-dev", "mariadb-connector-c-devel"},
    Provider{"sql.h", "unixodbc-dev", "unixODBC-devel"},
    Provider{"jpeglib.h", "libjpeg-dev", "libjpeg-turbo-devel"},
    Provider{"png.h", "libpng-dev", "libpng-devel"},
    Provider{"ft2build.h", "libfreetype-dev", "freetype-devel"},
    Provider{"lber.h", "libldap-dev", "openldap-devel"},
    Provider{"ldap.h", "libldap-dev", "openldap-devel"},
    Provider{"sasl/", "libsasl2-dev", "cyrus-sasl-devel"},
    Provider{"krb5.h", "libkrb5-dev", "krb5-devel"},
    Provider{"gssapi/", "libkrb5-dev", "krb5-devel"},
    Provider{"yaml.h", "libyaml-dev", "libyaml-devel"},
    Provider{"curl/", "libcurl4-openssl-dev", "libcurl-devel"},
    Provider{"curses.h", "libncurses-dev", "ncurses-devel"},
    Provider{"ncurses.h", "libncurses-dev", "ncurses-devel"},
    Provider{"readline/", "libreadline-dev", "readline-devel"},
    Provider{"expat.h", "libexpat1-dev", "expat-devel"},
    Provider{"gmp.h", "libgmp-dev", "gmp-devel"},
    Provider{"mpfr.h", "libmpfr-dev", "mpfr-devel"},
    Provider{"hdf5.h", "libhdf5-dev", "hdf5-devel"},
    Provider{"cairo.h", "libcairo2-dev", "cairo-devel"},
    Provider{"glib.h", "libglib2.0-dev", "glib2-devel"},
    Provider{"systemd/", "libsystemd-dev", "systemd-devel"},
    Provider{"dbus/", "libdbus-1-dev", "dbus-devel"},
    Provider{"alsa/", "libasound2-dev", "alsa-lib-devel"},
    Provider{"portaudio.h", "portaudio19-dev", "portaudio-devel"},
    Provider{"libusb.h", "libusb-1.0-0-dev", "libusb1-devel"},
    Provider{"pcap.h", "libpcap-dev", "libpcap-devel"},
    Provider{"magic.h", "libmagic-dev", "file-devel"},
    Provider{"geos_c.h", "libgeos-dev", "geos-devel"},
    Provider{"proj.h", "libproj-dev", "proj-devel"},
    Provider{"snappy.h", "libsnappy-dev", "snappy-devel"},
    Provider{"boost/", "libboost-dev", "boost-devel"},
    Provider{"eigen3/", "libeigen3-dev", "eigen3-devel"},
};

constexpr std::array libraries{
    Provider{"ssl", "libssl-dev", "openssl-devel"},
    Provider{"crypto", "libssl-dev", "openssl-devel"},
    Provider{"ffi", "libffi-dev", "libffi-devel"},
    Provider{"z", "zlib1g-dev", "zlib-devel"},
    Provider{"bz2", "libbz2-dev", "bzip2-devel"},
    Provider{"lzma", "liblzma-dev", "xz-devel"},
    Provider{"xml2", "libxml2-dev", "libxml2-devel"},
    Provider{"xslt", "libxslt1-dev", "libxslt-devel"},
    Provider{"pq", "libpq-dev", "libpq-devel"},
    Provider{"mysqlclient", "default-libmysqlclient-dev", "mariadb-connector-c-devel"},
    Provider{"sqlite3", "libsqlite3-dev", "sqlite-devel"},
    Provider{"ldap", "libldap-dev", "openldap-devel"},
    Provider{"lber", "libldap-dev", "openldap-devel"},
    Provider{"krb5", "libkrb5-dev", "krb5-devel"},
    Provider{"curl", "libcurl4-openssl-dev", "libcurl-devel"},
    Provider{"stdc++", "g++", "gcc-c++"},
    Provider{"gfortran", "gfortran", "gcc-gfortran"},
    Provider{"openblas", "libopenblas-dev", "openblas-devel"},
    Provider{"blas", "libopenblas-dev", "openblas-devel"},
    Provider{"lapack", "liblapack-dev", "lapack-devel"},
    Provider{"jpeg", "libjpeg-dev", "libjpeg-turbo-devel"},
    Provider{"png", "libpng-dev", "libpng-devel"},
    Provider{"yaml", "libyaml-dev", "libyaml-devel"},
    Provider{"gmp", "libgmp-dev", "gmp-devel"},
    Provider{"ncurses", "libncurses-dev", "ncurses-devel"},
};

constexpr std::array tools{
    Provider{"gcc", "build-essential", "gcc"},
    Provider{"cc", "build-essential", "gcc"},
    Provider{"g++", "build-essential", "gcc-c++"},
    Provider{"c++", "build-essential", "gcc-c++"},
    Provider{"clang", "clang", "clang"},
    Provider{"clang++", "clang", "clang"},
    Provider{"gfortran", "gfortran", "gcc-gfortran"},
    Provider{"make", "make", "make"},
    Provider{"cmake", "cmake", "cmake"},
    Provider{"ninja", "ninja-build", "ninja-build"},
    Provider{"pkg-config", "pkg-config", "pkgconf-pkg-config"},
    Provider{"cargo", "cargo", "cargo"},
    Provider{"rustc", "rustc", "rust"},
    Provider{"git", "git", "git"},
    Provider{"hg", "mercurial", "mercurial"},
    Provider{"swig", "swig", "swig"},
    Provider{"patchelf", "patchelf", "patchelf"},
    Provider{"autoconf", "autoconf", "autoconf"},
    Provider{"automake", "automake", "automake"},
    Provider{"libtool", "libtool", "libtool"},
    Provider{"bison", "bison", "bison"},
    Provider{"flex", "flex", "flex"},
    Provider{"gettext", "gettext", "gettext"},
    Provider{"msgfmt", "gettext", "gettext"},
    Provider{"pg_config", "libpq-dev", "libpq-devel"},
    Provider{"mysql_config", "default-libmysqlclient-dev", "mariadb-connector-c-devel"},
    Provider{"mariadb_config", "libmariadb-dev", "mariadb-connector-c-devel"},
    Provider{"xml2-config", "libxml2-dev", "libxml2-devel"},
    Provider{"xslt-config", "libxslt1-dev", "libxslt-devel"},
    Provider{"curl-config", "libcurl4-openssl-dev", "libcurl-devel"},
    Provider{"krb5-config", "libkrb5-dev", "krb5-devel"},
    Provider{"gdal-config", "libgdal-dev", "gdal-devel"},
    Provider{"geos-config", "libgeos-dev", "geos-devel"},
    Provider{"llvm-config", "llvm-dev", "llvm-devel"},
    Provider{"node", "nodejs", "nodejs"},
    Provider{"npm", "npm", "npm"},
    Provider{"go", "golang", "golang"},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 40> modules{{
    {"Crypto", "pycryptodome"},
    {"Cython", "Cython"},
    {"OpenSSL", "pyOpenSSL"},
    {"PIL", "Pillow"},
    {"attr", "attrs"},
    {"bs4", "beautifulsoup4"},
    {"cppy", "cppy"},
    {"cv2", "opencv-python"},
    {"dateutil", "python-dateutil"},
    {"dotenv", "python-dotenv"},
    {"extension_helpers", "extension-helpers"},
    {"flit_core", "flit_core"},
    {"git", "GitPython"},
    {"google", "protobuf"},
    {"grpc_tools", "grpcio-tools"},
    {"hatch_fancy_pypi_readme", "hatch-fancy-pypi-readme"},
    {"hatch_jupyter_builder", "hatch-jupyter-builder"},
    {"hatch_nodejs_version", "hatch-nodejs-version"},
    {"hatch_vcs", "hatch-vcs"},
    {"jupyter_packaging", "jupyter-packaging"},
    {"mesonpy", "meson-python"},
    {"pdm", "pdm-backend"},
    {"poetry", "poetry-core"},
    {"poetry_dynamic_versioning", "poetry-dynamic-versioning"},
    {"pkg_resources", "setuptools<81"},
    {"pkginfo", "pkginfo"},
    {"scikit_build_core", "scikit-build-core"},
    {"setuptools_git_versioning", "setuptools-git-versioning"},
    {"setuptools_rust", "setuptools-rust"},
    {"setuptools_scm", "setuptools-scm"},
    {"sipbuild", "sip"},
    {"skbuild", "scikit-build"},
    {"sklearn", "scikit-learn"},
    {"uv_build", "uv_build"},
    {"vcs_versioning", "vcs-versioning"},
    {"whey", "whey"},
    {"win32api", "pywin32"},
    {"yaml", "PyYAML"},
    {"zmq", "pyzmq"},
    {"numpy", "numpy"},
}};

template <std::size_t size>
std::optional<std::string> provider_in(const std::array<Provider, size>& providers,
                                       std::string_view wanted) {
  const auto provides = [&](const Provider& provider) {
    return provider.wanted.ends_with('/') ? wanted.starts_with(provider.wanted)
                                          : wanted == provider.wanted;
  };
  const auto* found = std::ranges::find_if(providers, provides);
  if (found == providers.end()) return std::nullopt;
  if (found->debian == found->fedora) return std::string(found->debian);
  return fmt::format("{} (Debian, Ubuntu) or {} (Fedora)", found->debian, found->fedora);
}

}  // namespace

std::optional<std::string> provider_of_header(std::string_view header) {
  if (header.starts_with("numpy/")) return "the build requirement numpy";
  if (header.starts_with("pybind11/")) return "the build requirement pybind11";
  if (header.starts_with("nanobind/")) return "the build requirement nanobind";
  return provider_in(headers, header);
}

std::optional<std::string> provider_of_library(std::string_view library) {
  return provider_in(libraries, library);
}

std::optional<std::string> provider_of_tool(std::string_view tool) {
  // "x86_64-linux-gnu-gcc" is what Debian's Python calls "gcc".
  for (const std::string_view compiler : {"-gcc", "-g++", "-cc", "-c++"}) {
    if (tool.ends_with(compiler)) tool = compiler.substr(1);
  }
  return provider_in(tools, tool);
}

std::string project_of_module(std::string_view module) {
  const std::string_view top = module.substr(0, module.find('.'));
  const auto* known = std::ranges::find(modules, top, &decltype(modules)::value_type::first);
  return std::string(known == modules.end() ? top : known->second);
}

}  // namespace axle::cli
