#pragma once

#include <stddef.h>
#include <stdint.h>

/// libFuzzer's loop: mutates what lies in the folders that the arguments name, and hands it to `test`, which returns 0, or
/// -1 for what is not worth keeping. Ends the process.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *bytes, size_t count));

/// Lets processes that are forked from now on count into this one's counters of coverage, so that libFuzzer sees where they
/// have been.
void fuzz_share_counters(void);

/// A file that lies in memory, to read and to write; negative on failure.
int fuzz_memory_file(const char *name);
