// The program of a folder's unit tests. What axle caches goes into a folder of the program's own:
// tests neither find what the user has cached nor leave anything there.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <filesystem>
#include <stdlib.h>
#include <string>
#include <system_error>

int main(int argc, char** argv) {
  std::string cache = std::filesystem::temp_directory_path() / "axle-test-cache-XXXXXX";
  if (::mkdtemp(cache.data()) == nullptr) return 1;
  ::setenv("XDG_CACHE_HOME", cache.c_str(), 1);
  const int code = doctest::Context(argc, argv).run();
  std::error_code ignored;
  std::filesystem::remove_all(cache, ignored);
  return code;
}
