/* The interface between axle-backend and a build backend that is a shared library.
 *
 *   axle-backend True native:/path/to/backend.so
 *
 * The library exports the three functions at the end of this file. axle-backend loads it in a
 * process of its own for each hook, in the source tree, and calls `axle_backend_call` once. The
 * function answers through `reply`; returning without an answer, an exception of any type, a signal
 * or exit() is a failure of the hook, and told as one.
 *
 * Texts are UTF-8 and end with a NUL. `kwargs` is a JSON object with the hook's arguments by their
 * names in PEP 517 and PEP 660, as on the wire (schemas/README.md). Nothing is to be freed.
 */
#ifndef AXLE_NATIVE_ABI_H
#define AXLE_NATIVE_ABI_H

#ifdef __cplusplus
extern "C" {
#endif

#define AXLE_NATIVE_ABI_VERSION 1

#define AXLE_NATIVE_EXPORT __attribute__((visibility("default")))

typedef struct axle_reply {
  /* The hook returns this value; `json` is copied. */
  void (*returns)(struct axle_reply* reply, const char* json);
  /* The hook fails. `code` is the exit code that a program would give, `exc_type` and `exc_msg`
   * say what happened; all texts are copied. */
  void (*fails)(struct axle_reply* reply, int code, const char* exc_type, const char* exc_msg);
  /* build_sdist cannot make an sdist of this source tree (PEP 517's UnsupportedOperation). */
  void (*unsupported)(struct axle_reply* reply, const char* exc_msg);
  /* axle-backend's own. */
  void* context;
} axle_reply;

/* AXLE_NATIVE_ABI_VERSION as the library was compiled with. */
AXLE_NATIVE_EXPORT unsigned axle_backend_abi_version(void);

/* The names of the hooks that the library has, separated by spaces. */
AXLE_NATIVE_EXPORT const char* axle_backend_hooks(void);

/* Runs one hook. */
AXLE_NATIVE_EXPORT void axle_backend_call(const char* hook, const char* kwargs, axle_reply* reply);

#ifdef __cplusplus
}
#endif

#endif
