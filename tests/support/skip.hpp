// Leaving out what this machine cannot do.
#pragma once

#include <doctest/doctest.h>

/// Ends the case as skipped: ctest counts and names it.
#define AXLE_SKIP(why)           \
  do {                           \
    MESSAGE("skipped: " << why); \
    return;                      \
  } while (false)
