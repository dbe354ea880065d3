#define _GNU_SOURCE
#include "FuzzDriver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Where the linker puts the counters of -sanitize-coverage=inline-8bit-counters.
extern char __start___sancov_cntrs[] __attribute__((weak));
extern char __stop___sancov_cntrs[] __attribute__((weak));

void fuzz_share_counters(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    // Pages at both ends hold other data too, which processes must not share.
    uintptr_t start = ((uintptr_t)__start___sancov_cntrs + page - 1) / page * page;
    uintptr_t end = (uintptr_t)__stop___sancov_cntrs / page * page;
    if (start >= end) return;
    void *shared = mmap((void *)start, end - start, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (shared == MAP_FAILED) {
        perror("the counters cannot be shared");
        exit(1);
    }
    fprintf(stderr, "%zu of %zu counters are shared with children\n", (size_t)(end - start),
            (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs));
}

int fuzz_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }
