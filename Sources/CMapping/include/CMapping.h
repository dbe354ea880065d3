// Maps files into memory so that one that is cut off meanwhile reads as zeros, and says so, where else the process would die.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct CMapping CMapping;

/// Maps the first `byteCount` bytes of a file, one at least, for reading. Null with `errno`; `EMFILE` where too many are mapped.
CMapping *cmapping_create(int descriptor, size_t byteCount);
void cmapping_destroy(CMapping *mapping);

const void *cmapping_bytes(const CMapping *mapping);

/// Whether bytes were read that the file no longer had: they are zeros.
bool cmapping_is_cut(const CMapping *mapping);
