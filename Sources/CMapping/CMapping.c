#include "CMapping.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

struct CMapping {
    /// Where it begins; 0 for a place that is free, 1 for one that is being taken.
    _Atomic(uintptr_t) start;
    _Atomic(size_t) byteCount;
    atomic_bool isCut;
};

// The handler may not wait for anybody, so it finds mappings in places that never move.
static struct CMapping mappings[1024];
static struct sigaction before;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/// Puts zeros where a file has ended too soon. Whatever else raised the signal goes where it went before.
static void handle(int number, siginfo_t *info, void *context) {
    (void)context;
    int error = errno;
    uintptr_t address = (uintptr_t)info->si_addr;
    for (size_t i = 0; i < sizeof mappings / sizeof *mappings; i++) {
        uintptr_t start = atomic_load(&mappings[i].start);
        if (start <= 1 || address < start || address - start >= atomic_load(&mappings[i].byteCount)) continue;
        atomic_store(&mappings[i].isCut, true);
        uintptr_t page = address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
        size_t rest = start + atomic_load(&mappings[i].byteCount) - page;
        void *zeros =
            mmap((void *)page, rest, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
        if (zeros == MAP_FAILED) break;
        errno = error;
        return;
    }
    // The access happens again, and meets the handler of before.
    sigaction(number, &before, NULL);
    errno = error;
}

static void install(void) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

CMapping *cmapping_create(int descriptor, size_t byteCount) {
    pthread_once(&once, install);
    for (size_t i = 0; i < sizeof mappings / sizeof *mappings; i++) {
        uintptr_t isFree = 0;
        if (!atomic_compare_exchange_strong(&mappings[i].start, &isFree, 1)) continue;
        void *start = mmap(NULL, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (start == MAP_FAILED) {
            atomic_store(&mappings[i].start, 0);
            return NULL;
        }
        atomic_store(&mappings[i].isCut, false);
        atomic_store(&mappings[i].byteCount, byteCount);
        atomic_store(&mappings[i].start, (uintptr_t)start);
        return &mappings[i];
    }
    errno = EMFILE;
    return NULL;
}

void cmapping_destroy(CMapping *mapping) {
    void *start = (void *)atomic_load(&mapping->start);
    size_t byteCount = atomic_load(&mapping->byteCount);
    munmap(start, byteCount);
    atomic_store(&mapping->start, 0);
}

const void *cmapping_bytes(const CMapping *mapping) { return (const void *)atomic_load(&mapping->start); }

bool cmapping_is_cut(const CMapping *mapping) { return atomic_load(&mapping->isCut); }
