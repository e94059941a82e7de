// A native build backend that was made for another version of native_abi.h.
#include "backend/native_abi.h"

unsigned axle_backend_abi_version() { return AXLE_NATIVE_ABI_VERSION + 1; }
const char* axle_backend_hooks() { return ""; }
void axle_backend_call(const char*, const char*, axle_reply*) {}
