#include "cli/step_summary.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <deque>
#include <string>

using namespace axle;
using namespace axle::cli;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("cli::step_summary");

namespace {

constexpr std::size_t plenty = 1024 * 1024;

ProjectReport built() {
  ProjectReport project{.source = "/srv/demo", .outcome = ProjectReport::Outcome::built};
  project.artifacts = {{.artifact = {.kind = frontend::ArtifactKind::wheel,
                                     .path = "/srv/demo/dist/demo-1.0-py3-none-any.whl",
                                     .name = "demo",
                                     .version = "1.0",
                                     .size = 2048},
                        .sha256 = "abc"}};
  project.hooks = {{.hook = "build_wheel",
                    .outcome = HookReport::Outcome::returned,
                    .begin = {},
                    .elapsed = 1900ms}};
  return project;
}

ProjectReport failed(const std::string& message) {
  return {.source = "/srv/other",
          .outcome = ProjectReport::Outcome::failed,
          .error = Error{.code = errc::hook_failed, .message = message}};
}

bool has(const std::string& page, std::string_view text) {
  return page.find(text) != page.npos;
}

}  // namespace

TEST_CASE("A summary has artifacts and the times of hooks") {
  const std::string page = step_summary({built()}, plenty);
  CHECK(page.starts_with("### demo is built\n"));
  CHECK(has(page, "| <code>demo-1.0-py3-none-any.whl</code> | 2.0 KiB | <code>abc</code> |\n"));
  CHECK(has(page, "| demo | <code>build&#95;wheel</code> | 1.9 s |  |\n"));
}

TEST_CASE("A summary begins with what failed") {
  const std::string page = step_summary({built(), failed("it did not work")}, plenty);
  CHECK(
      page.starts_with("### 1 of 2 projects could not be built\n\n**other** could not be built:"));
  CHECK(has(page, "<pre>error: it did not work\n</pre>"));
}

TEST_CASE("A summary names each build of a project with several interpreters") {
  ProjectReport one = built();
  ProjectReport other = failed("it did not work");
  one.name = "demo [3.11]";
  other.name = "demo [3.12]";
  const std::string page = step_summary({one, other}, plenty);
  CHECK(has(page, "**demo &#91;3.12&#93;** could not be built:"));
  CHECK(has(page, "| demo &#91;3.11&#93; | <code>build&#95;wheel</code> |"));
}

TEST_CASE("A summary has an artifact once that several builds agree on") {
  const std::string page = step_summary({built(), built()}, plenty);
  const std::string_view wheel = "| <code>demo-1.0-py3-none-any.whl</code> |";
  CHECK(page.find(wheel) == page.rfind(wheel));
  CHECK(has(page, wheel));
}

TEST_CASE("Foreign words in a summary are no markup") {
  CHECK(markdown_text("a|b `c` <d>\n*e* &amp; [f](g) \x1b[1m") ==
        "a&#124;b &#96;c&#96; &#60;d&#62; &#42;e&#42; &#38;amp&#59; &#91;f&#93;(g) ");
  const std::string page = step_summary({failed("no</pre><script>&lt;")}, plenty);
  CHECK(has(page, "no&lt;/pre&gt;&lt;script&gt;&amp;lt;"));
}

TEST_CASE("A summary is never longer than it may be, and says what is missing") {
  std::deque<ProjectReport> many(200, failed(std::string(64 * 1024, 'x')));
  many.push_back(built());
  for (const std::size_t most : {std::size_t{0}, std::size_t{20}, std::size_t{200}, plenty}) {
    const std::string page = step_summary(many, most);
    CHECK(page.size() <= most);
    CHECK(has(page, "More does not fit") == (most >= 200));
  }
  CHECK(step_summary(many, plenty).size() > plenty / 2);
}
