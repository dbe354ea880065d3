#ifndef CHDF5_H
#define CHDF5_H

// HDF5 1.12 and later keep the names of 1.10 under this switch; both versions build.
#define H5_USE_110_API
#include <hdf5.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

// Swift does not import macros that are expressions.

static inline hid_t chdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t chdf5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t chdf5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t chdf5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t chdf5_float32_le(void) { return H5T_IEEE_F32LE; }
static inline hid_t chdf5_float32_be(void) { return H5T_IEEE_F32BE; }
static inline hid_t chdf5_float64_be(void) { return H5T_IEEE_F64BE; }
static inline hid_t chdf5_float64_le(void) { return H5T_IEEE_F64LE; }
static inline hid_t chdf5_int64_le(void) { return H5T_STD_I64LE; }
static inline hid_t chdf5_uint8(void) { return H5T_STD_U8LE; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline size_t chdf5_variable(void) { return H5T_VARIABLE; }

static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_link_creation(void) { return H5P_LINK_CREATE; }
static inline hid_t chdf5_default(void) { return H5P_DEFAULT; }
static inline hid_t chdf5_whole_space(void) { return H5S_ALL; }
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }
static inline haddr_t chdf5_undefined_address(void) { return HADDR_UNDEF; }

/// Stops HDF5 from printing errors, on this thread, and from loading plug-ins that a file asks for.
static inline void chdf5_be_quiet(void) {
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5PLset_loading_state(0);
}

/// File access without locks: a read must succeed on a read-only or network file system too.
static inline hid_t chdf5_unlocked_access(void) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
    if (access >= 0) H5Pset_file_locking(access, 0, 1);
#endif
    return access;
}

/// How a data set is made: without the time, so that files with the same contents are the same. The place of a reserved
/// one in the file is chosen at once, and written to by others.
static inline hid_t chdf5_dataset_creation(int reserved) {
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (creation >= 0) H5Pset_obj_track_times(creation, 0);
    if (creation >= 0 && reserved) {
        H5Pset_layout(creation, H5D_CONTIGUOUS);
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
        H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
    }
    return creation;
}

/// A little-endian IEEE type of 16 bits, which HDF5 of these versions does not name.
static inline hid_t chdf5_float16_le(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    if (type >= 0) {
        H5Tset_fields(type, 15, 10, 5, 0, 10);
        H5Tset_size(type, 2);
        H5Tset_ebias(type, 15);
    }
    return type;
}

/// The file address of an open object and its kind; negative on failure.
static inline int chdf5_object(hid_t object, unsigned long long *address, H5O_type_t *kind) {
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
    *address = (unsigned long long)info.addr;
    *kind = info.type;
    return 0;
}

struct chdf5_message {
    char *text;
    size_t capacity;
};

static inline herr_t chdf5_keep_first(unsigned n, const H5E_error2_t *error, void *context) {
    struct chdf5_message *message = (struct chdf5_message *)context;
    if (n == 0 && error->desc) {
        strncpy(message->text, error->desc, message->capacity - 1);
        message->text[message->capacity - 1] = 0;
    }
    return 0;
}

/// What went wrong in the last failed call, in HDF5's words: the innermost message of its error stack.
static inline void chdf5_error_message(char *text, size_t capacity) {
    struct chdf5_message message = {text, capacity};
    if (capacity == 0) return;
    text[0] = 0;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, chdf5_keep_first, &message);
    H5Eclear2(H5E_DEFAULT);
}

/// The bytes of this process's address space; 0 where the system does not tell.
static inline unsigned long long chdf5_address_space(void) {
    char text[64] = {0};
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    return count > 0 ? strtoull(text, NULL, 10) * (unsigned long long)sysconf(_SC_PAGESIZE) : 0;
}

/// Makes of this process, just forked, one that may crash without a trace: silent, without core dump, with so many bytes
/// of memory beyond what its parent holds and so much time to compute, and gone with its parent.
static inline void chdf5_become_expendable(pid_t parent, unsigned long long memory_bytes, unsigned cpu_milliseconds) {
    const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP, SIGPROF, SIGINT, SIGTERM, SIGPIPE};
    for (unsigned i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    struct rlimit memory;
    unsigned long long held = chdf5_address_space();
    if (held > 0 && getrlimit(RLIMIT_AS, &memory) == 0 && memory.rlim_cur > held + memory_bytes) {
        memory.rlim_cur = held + memory_bytes;
        setrlimit(RLIMIT_AS, &memory);
    }
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    struct itimerval computing = {{0, 0}, {cpu_milliseconds / 1000, cpu_milliseconds % 1000 * 1000}};
    setitimer(ITIMER_PROF, &computing, NULL);
}

/// Forks an expendable process, as above, and makes a pipe from it. Returns 0 in it, its identifier in the caller, or a
/// negative number; `*end` is the process's own end of the pipe.
static inline pid_t chdf5_fork_expendable(unsigned long long memory_bytes, unsigned cpu_milliseconds, int *end) {
    int ends[2];
    if (pipe(ends) != 0) return -1;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    pid_t parent = getpid();
    pid_t child = fork();
    close(ends[child == 0 ? 0 : 1]);
    *end = ends[child == 0 ? 1 : 0];
    if (child < 0) close(*end);
    if (child == 0) chdf5_become_expendable(parent, memory_bytes, cpu_milliseconds);
    return child;
}

/// Waits for such a process to end: 0 where it ended by itself or nobody knows, else the signal that killed it.
static inline int chdf5_wait(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return 0;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

// Callbacks by which HDF5 takes bytes that are somebody else's for the memory of a file, without copying them.

static inline void *chdf5_lend(size_t size, H5FD_file_image_op_t operation, void *bytes) {
    (void)size, (void)operation;
    return bytes;
}
static inline void *chdf5_keep(void *destination, const void *source, size_t size, H5FD_file_image_op_t operation, void *bytes) {
    (void)source, (void)size, (void)operation, (void)bytes;
    return destination;
}
static inline void *chdf5_refuse(void *pointer, size_t size, H5FD_file_image_op_t operation, void *bytes) {
    (void)pointer, (void)size, (void)operation, (void)bytes;
    return NULL;
}
static inline herr_t chdf5_leave(void *pointer, H5FD_file_image_op_t operation, void *bytes) {
    (void)pointer, (void)operation, (void)bytes;
    return 0;
}
static inline void *chdf5_same(void *bytes) { return bytes; }
static inline herr_t chdf5_leave_all(void *bytes) {
    (void)bytes;
    return 0;
}

/// Access to a file that is so many bytes of memory, which must outlive it and are only read.
static inline hid_t chdf5_image_access(const void *bytes, size_t size) {
    void *memory = (void *)bytes;
    H5FD_file_image_callbacks_t callbacks = {chdf5_lend, chdf5_keep, chdf5_refuse, chdf5_leave, chdf5_same, chdf5_leave_all, memory};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    if (H5Pset_fapl_core(access, 1 << 20, 0) >= 0 && H5Pset_file_image_callbacks(access, &callbacks) >= 0
        && H5Pset_file_image(access, memory, size) >= 0)
        return access;
    H5Pclose(access);
    return -1;
}

/// A file kept in memory, so that HDF5, which may crash at exit after a failed write, never meets a full disk.
static inline hid_t chdf5_memory_access(size_t increment) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access >= 0) H5Pset_fapl_core(access, increment, 0);
    return access;
}

/// The bytes of a flushed file that is kept in memory; NULL on failure.
static inline const void *chdf5_memory(hid_t file, size_t *size) {
    void **bytes = NULL;
    hsize_t length = 0;
    if (H5Fget_vfd_handle(file, H5P_DEFAULT, (void **)&bytes) < 0 || !bytes) return NULL;
    if (H5Fget_filesize(file, &length) < 0) return NULL;
    *size = (size_t)length;
    return *bytes;
}

#endif
