#include "frontend/environment.hpp"

#include "tests/support/pythons.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using axle::frontend::Environment;
using axle::frontend::Interpreter;
using axle::test::run_python;
using axle::test::ScopedVariable;
using axle::test::TempDir;

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("frontend::Environment with Python");

namespace {

Environment make(const Interpreter& interpreter, const fs::path& folder) {
  auto made = Environment::create(interpreter, folder);
  REQUIRE_MESSAGE(made, (made ? "" : made.error().message));
  return *std::move(made);
}

/// Names below `folder` up to a depth, with the targets of links.
std::set<std::string> layout(const fs::path& folder) {
  std::set<std::string> names;
  for (auto it = fs::recursive_directory_iterator(folder); it != fs::end(it); ++it) {
    std::string name = it->path().lexically_relative(folder);
    if (it->is_symlink() && it.depth() == 0) name += " -> " + fs::read_symlink(it->path()).string();
    names.insert(name);
  }
  return names;
}

}  // namespace

TEST_CASE("Environment is a virtual environment to each interpreter of this machine") {
  const TempDir dir;
  dir.write("foreign/foreign.py", "");
  const ScopedVariable path("PYTHONPATH", dir / "foreign");
  const ScopedVariable home("PYTHONHOME", "/nonexistent");
  for (const std::string& python : axle::test::pythons()) {
    CAPTURE(python);
    // The interpreter was found under the same variables: -I does not hear them.
    const Interpreter interpreter = axle::test::interpreter(python);
    const Environment environment = make(interpreter, dir / interpreter.version);
    CHECK(run_python(environment, R"(
import os, site, subprocess, sys, sysconfig
prefix = os.environ['VIRTUAL_ENV']
assert sys.prefix == sys.exec_prefix == prefix != sys.base_prefix, (sys.prefix, sys.base_prefix)
assert sys.executable == prefix + '/bin/python', sys.executable
packages = '%s/lib/python%d.%d/site-packages' % ((prefix,) + sys.version_info[:2])
library = os.path.dirname(os.__file__)
foreign = [p for p in sys.path
           if p not in ('', packages, library) and not p.startswith(library + '/')
           and not p.endswith('.zip')]
assert not foreign and packages in sys.path, sys.path
assert site.getsitepackages()[0] == packages, site.getsitepackages()
assert not site.ENABLE_USER_SITE
paths = sysconfig.get_paths()
assert paths['purelib'] == paths['platlib'] == packages, paths
assert paths['scripts'] == prefix + '/bin', paths
assert os.path.isfile(paths['stdlib'] + '/os.py'), paths
assert paths['include'].startswith(sys.base_prefix), paths
if sys.version_info < (3, 12):
    import warnings
    warnings.simplefilter('ignore')
    from distutils.sysconfig import get_python_lib
    assert get_python_lib() == packages, get_python_lib()
try:
    import pip
except ImportError:
    pass
else:
    raise SystemExit('pip: ' + pip.__file__)
code = 'import sys; print(sys.prefix)'
for command in ([sys.executable], ['python'], ['python3'], ['python%d.%d' % sys.version_info[:2]]):
    out = subprocess.run(command + ['-c', code], stdout=subprocess.PIPE, check=True).stdout
    assert out.decode().strip() == prefix, (command, out)
print('good')
)") == "good\n");
  }
}

TEST_CASE("Environment has the layout that Python's own venv makes") {
  const TempDir dir;
  for (const std::string& python : axle::test::pythons()) {
    CAPTURE(python);
    const Interpreter interpreter = axle::test::interpreter(python);
    const Environment environment = make(interpreter, dir / interpreter.version / "ours");
    const fs::path theirs = dir / interpreter.version / "theirs";
    const auto made = axle::test::run({python, "-m", "venv", "--without-pip", theirs.string()},
                                      {"PATH=/usr/bin:/bin"});
    REQUIRE_MESSAGE(made.code == 0, made.err);
    std::set<std::string> expected = layout(theirs);
    std::erase_if(expected, [](const std::string& name) {
      return name == ".gitignore" || name.starts_with("include/") ||
             name.find("ctivate") != std::string::npos;
    });
    const std::string minor = interpreter.version.substr(0, interpreter.version.rfind('.'));
    expected.insert("bin/python" + minor);  // venv has it from 3.10 on
    const std::set<std::string> found = layout(environment.prefix());
    CHECK(found == expected);
  }
}

TEST_CASE("Environment of a virtual interpreter is one of its base and hears nothing of it") {
  const TempDir dir;
  for (const std::string& python : axle::test::pythons()) {
    CAPTURE(python);
    const Interpreter base = axle::test::interpreter(python);
    const Environment outer = make(base, dir / base.version / "outer");
    dir.write(outer.site_packages() / "outer.py", "");
    const Interpreter virtual_one = axle::test::interpreter(outer.python());
    const Environment inner = make(virtual_one, dir / base.version / "inner");
    CHECK(fs::read_symlink(inner.python()).parent_path() == base.executable.parent_path());
    fs::remove_all(outer.prefix());
    CHECK(run_python(inner, "import sys, json, ctypes; print(sys.prefix, sys.base_prefix)") ==
          inner.prefix().string() + " " + base.prefix.string() + "\n");
  }
}

TEST_CASE("Environment finds its library where the interpreter is a link somewhere else") {
  const TempDir dir;
  for (const std::string& python : axle::test::pythons()) {
    CAPTURE(python);
    const Interpreter real = axle::test::interpreter(python);
    fs::create_symlink(python, dir / ("lonely" + real.version));
    const Interpreter lonely = axle::test::interpreter(dir / ("lonely" + real.version));
    const Environment environment = make(lonely, dir / real.version);
    CHECK(run_python(environment, "import sys, os; print(sys.base_prefix, sys.prefix)") ==
          real.prefix.string() + " " + environment.prefix().string() + "\n");
  }
}

TEST_CASE("Environment of an interpreter as it is has that interpreter's packages and programs") {
  const TempDir dir;
  const Interpreter base = axle::test::interpreter(axle::test::python());
  CHECK(run_python(Environment::of(base), "import sys; print(sys.prefix)") ==
        base.prefix.string() + "\n");

  const Environment outer = make(base, dir / "outer");
  axle::test::write_program(outer.scripts() / "axle-outer", "#!/bin/sh\necho outer\n");
  dir.write(outer.site_packages() / "outer.py", "");
  const Environment as_is = Environment::of(axle::test::interpreter(outer.python()));
  CHECK(run_python(as_is, "import outer, os; os.system('axle-outer')") == "outer\n");
}

TEST_SUITE_END();
