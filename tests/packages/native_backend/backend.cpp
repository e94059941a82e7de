// A native build backend whose hooks end in every way that C++ has.
#include "backend/native_abi.h"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

namespace {

struct Unheard {};

struct Special : std::runtime_error {
  using runtime_error::runtime_error;
};

void throw_unheard() { throw Unheard{}; }
void violate() noexcept { throw_unheard(); }

int overflow_stack(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return frame[0] + overflow_stack(depth + 1);
}

std::string folder_as_json() {
  char folder[4096];
  return getcwd(folder, sizeof folder) != nullptr ? "\"" + std::string(folder) + "\"" : "null";
}

using Hook = void (*)(const char* kwargs, axle_reply* reply);

const std::map<std::string, Hook> hooks = {
    {"build_wheel",
     [](const char*, axle_reply* reply) {
       std::cout << "building" << std::endl;
       reply->returns(reply, "\"native-1.0-py3-none-any.whl\"");
     }},
    {"build_sdist",
     [](const char*, axle_reply* reply) { reply->unsupported(reply, "no sdist here"); }},
    {"echo", [](const char* kwargs, axle_reply* reply) { reply->returns(reply, kwargs); }},
    {"folder",
     [](const char*, axle_reply* reply) { reply->returns(reply, folder_as_json().c_str()); }},
    {"fails", [](const char*, axle_reply* reply) { reply->fails(reply, 3, "Custom", "told"); }},
    {"silent", [](const char*, axle_reply*) {}},
    {"not_json", [](const char*, axle_reply* reply) { reply->returns(reply, "{nonsense"); }},
    {"throw_int", [](const char*, axle_reply*) { throw 42; }},
    {"throw_text", [](const char*, axle_reply*) { throw "a text"; }},
    {"throw_string", [](const char*, axle_reply*) { throw std::string("a string"); }},
    {"throw_unheard", [](const char*, axle_reply*) { throw Unheard{}; }},
    {"throw_special", [](const char*, axle_reply*) { throw Special("special"); }},
    {"violate", [](const char*, axle_reply*) { violate(); }},
    {"exit_0", [](const char*, axle_reply*) { std::exit(0); }},
    {"exit_7", [](const char*, axle_reply*) { _exit(7); }},
    {"abort", [](const char*, axle_reply*) { std::abort(); }},
    {"segfault", [](const char*, axle_reply*) { std::raise(SIGSEGV); }},
    {"thread_exit", [](const char*, axle_reply*) { pthread_exit(nullptr); }},
    {"stack_overflow", [](const char*, axle_reply*) { std::printf("%d", overflow_stack(0)); }},
    {"close_all",
     [](const char*, axle_reply* reply) {
       for (int fd = 0; fd < 256; ++fd) close(fd);
       reply->returns(reply, "\"closed\"");
     }},
};

}  // namespace

unsigned axle_backend_abi_version() { return AXLE_NATIVE_ABI_VERSION; }

const char* axle_backend_hooks() {
  static const std::string names = [] {
    std::string list;
    for (const auto& [name, hook] : hooks) list += name + " ";
    return list;
  }();
  return names.c_str();
}

void axle_backend_call(const char* hook, const char* kwargs, axle_reply* reply) {
  hooks.at(hook)(kwargs, reply);
}
