/* Preloaded into the process under test: records what it does to files below one folder, and lets
 * chosen calls fail.
 *
 *   SHIM_ROOT    the folder, an absolute path without symbolic links
 *   SHIM_TRACE   the file to record into; without it nothing is recorded
 *   SHIM_MARKS   a file outside of the folder; what is written to it becomes a mark in the record
 *   SHIM_POINTS  another one, for the names of points that are passed
 *   SHIM_SYNC    microseconds that a sync takes; the real call is left out then
 *   SHIM_FAIL    op:nth:errno:text  the nth call of op on a path that contains text fails.
 *                op: open read write sync rename unlink truncate mkdir; errno: EIO ENOSPC SHORT
 *                KILL (SHORT: half is written, and the next write fails with ENOSPC; KILL: the
 *                process is killed instead of the call).
 *                After a failure of sync or write the same goes on failing if nth ends in "+".
 *                A read fails only where this process has not read or written yet: the rest is in
 *                the memory of the system. What failed once fails again.
 *   SHIM_AFTER   name:nth  calls count for SHIM_FAIL after the nth passing of a point only
 *   SHIM_HIT     a file that gets the path when the failure has happened
 *
 * A record is: op (1 byte), 7 bytes of nothing, inode, a, b (8 bytes each), length (8 bytes), then
 * that many bytes. All calls are made under one lock, so that the order of records is the order
 * of calls; only a sync runs outside, and records its beginning and its end.
 *
 *   O a=1 if created, b=1 for a folder; path    W a=offset; bytes      T a=length    F a=offset
 *   R "from\0to"    U path    D path (folder gone)    K path (folder made), inode
 *   L "from\0to"    Y "target\0path" (a link)
 *   S sync begins, a=number         E sync ended, a=number, b=errno
 *   M mark          P point          X a call failed by order
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char root[4096], marks[4096], points[4096];
static size_t root_len;
static int trace_fd = -1, sync_usec = -1;
static uint64_t syncs;
static dev_t root_dev;

static char fail_op[16], fail_text[256], hit_path[4096];
static long fail_nth = -1, fail_seen;
static int fail_errno, fail_short, fail_kill, fail_again, fail_armed_enospc;

static char after_name[64];
static long after_nth, after_seen;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Inodes below the root (open or once opened), with the path they were opened under. */
#define TABLE 65536
static struct known {
    ino_t ino;
    char kind;
    char *path;
    unsigned char *seen; /* a byte a page: 1 is in memory */
    size_t pages;
} table[TABLE];

static struct known *find(ino_t ino, int make) {
    size_t at = (size_t)(ino * 0x9E3779B97F4A7C15ull) % TABLE;
    for (size_t steps = 0; steps < TABLE; steps++, at = (at + 1) % TABLE) {
        if (table[at].ino == ino) return &table[at];
        if (table[at].ino == 0) {
            if (!make) return NULL;
            table[at].ino = ino;
            return &table[at];
        }
    }
    return NULL;
}

static void raw_write(int fd, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        long done = syscall(SYS_write, fd, at, length);
        if (done < 0) {
            if (errno == EINTR) continue;
            static const char text[] = "shim: the record cannot be written\n";
            syscall(SYS_write, 2, text, sizeof text - 1);
            abort();
        }
        at += done;
        length -= (size_t)done;
    }
}

static void record(char op, uint64_t ino, uint64_t a, uint64_t b, const void *bytes,
                   size_t length) {
    if (trace_fd < 0) return;
    uint64_t head[5] = {(unsigned char)op, ino, a, b, length};
    raw_write(trace_fd, head, sizeof head);
    if (length > 0) raw_write(trace_fd, bytes, length);
}

static int number_of(const char *name) {
    if (strcmp(name, "ENOSPC") == 0) return ENOSPC;
    return EIO;
}

static void read_fail(const char *text) {
    char op[16], nth[32], name[16], rest[256] = "";
    if (sscanf(text, "%15[^:]:%31[^:]:%15[^:]:%255s", op, nth, name, rest) < 3) return;
    strcpy(fail_op, op);
    strcpy(fail_text, rest);
    fail_again = nth[0] && nth[strlen(nth) - 1] == '+';
    fail_nth = atol(nth);
    fail_short = strcmp(name, "SHORT") == 0;
    fail_kill = strcmp(name, "KILL") == 0;
    fail_errno = number_of(fail_short ? "ENOSPC" : name);
}

static void read_after(const char *text) {
    char nth[32];
    if (sscanf(text, "%63[^:]:%31s", after_name, nth) == 2) after_nth = atol(nth);
}

/* A point was passed: a line with its name was written. */
static void passed(const struct iovec *line) {
    size_t length = strlen(after_name);
    if (length == 0 || line->iov_len != length + 1) return;
    if (memcmp(line->iov_base, after_name, length) == 0) after_seen++;
}

static void copy_variable(char *to, size_t size, const char *name) {
    const char *text = getenv(name);
    snprintf(to, size, "%s", text ? text : "");
}

__attribute__((constructor)) static void begin(void) {
    copy_variable(root, sizeof root, "SHIM_ROOT");
    copy_variable(marks, sizeof marks, "SHIM_MARKS");
    copy_variable(points, sizeof points, "SHIM_POINTS");
    copy_variable(hit_path, sizeof hit_path, "SHIM_HIT");
    root_len = strlen(root);
    struct stat st;
    if (root_len > 0 && syscall(SYS_newfstatat, AT_FDCWD, root, &st, 0) == 0) {
        root_dev = st.st_dev;
        struct known *it = find(st.st_ino, 1);
        it->kind = 'd';
        it->path = strdup(root);
    }
    const char *text = getenv("SHIM_SYNC");
    if (text) sync_usec = atoi(text);
    text = getenv("SHIM_FAIL");
    if (text) read_fail(text);
    text = getenv("SHIM_AFTER");
    if (text) read_after(text);
    text = getenv("SHIM_TRACE");
    if (text && root_len > 0) {
        trace_fd = (int)syscall(SYS_openat, AT_FDCWD, text,
                                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        record('O', (uint64_t)st.st_ino, 0, 1, root, root_len);
    }
}

/* The path as recorded, or NULL if it is not below the root. */
static const char *below(int at_fd, const char *path, char *space, size_t size) {
    if (root_len == 0 || path == NULL) return NULL;
    if (path[0] != '/') {
        char base[4096];
        if (at_fd == AT_FDCWD) {
            if (syscall(SYS_getcwd, base, sizeof base) < 0) return NULL;
        } else {
            char link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", at_fd);
            long length = syscall(SYS_readlinkat, AT_FDCWD, link, base, sizeof base - 1);
            if (length < 0) return NULL;
            base[length] = 0;
        }
        snprintf(space, size, "%s/%s", base, path);
        path = space;
    }
    if (strncmp(path, root, root_len) != 0) return NULL;
    return path[root_len] == '/' || path[root_len] == 0 ? path : NULL;
}

/* The inode behind a descriptor, if it is one of ours. */
static struct known *of(int fd, struct stat *st) {
    if (root_len == 0 || syscall(SYS_fstat, fd, st) != 0 || st->st_dev != root_dev) return NULL;
    struct known *it = find(st->st_ino, 0);
    return it && it->kind ? it : NULL;
}

/* Whether this call is the one to fail; called under the lock. */
static int fails(const char *op, const char *path) {
    if (fail_armed_enospc && strcmp(op, "write") == 0) {
        fail_armed_enospc = 0;
        errno = ENOSPC;
        return 1;
    }
    if (fail_nth < 0 || strcmp(op, fail_op) != 0 || after_seen < after_nth) return 0;
    if (path == NULL || (fail_text[0] && strstr(path, fail_text) == NULL)) return 0;
    fail_seen++;
    if (fail_seen < fail_nth || (fail_seen > fail_nth && !fail_again)) return 0;
    if (hit_path[0]) {
        long fd = syscall(SYS_openat, AT_FDCWD, hit_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (fd >= 0) {
            raw_write((int)fd, path, strlen(path));
            syscall(SYS_close, (int)fd);
        }
    }
    if (fail_kill) syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    record('X', 0, 0, 0, path, strlen(path));
    errno = fail_errno;
    return 1;
}

static int opened(int at_fd, const char *path, int flags, mode_t mode) {
    char space[8192];
    const char *name = below(at_fd, path, space, sizeof space);
    if (name == NULL) return (int)syscall(SYS_openat, at_fd, path, flags, mode);
    pthread_mutex_lock(&lock);
    int fd = -1;
    if (!fails("open", name)) {
        struct stat st;
        int was = syscall(SYS_newfstatat, at_fd, path, &st, 0) == 0;
        off_t length = was ? st.st_size : 0;
        fd = (int)syscall(SYS_openat, at_fd, path, flags, mode);
        if (fd >= 0 && syscall(SYS_fstat, fd, &st) == 0) {
            struct known *it = find(st.st_ino, 1);
            if (it) {
                it->kind = S_ISDIR(st.st_mode) ? 'd' : 'f';
                free(it->path);
                it->path = strdup(name);
            }
            record('O', st.st_ino, !was, S_ISDIR(st.st_mode), name, strlen(name));
            if (was && (flags & O_TRUNC) && length > 0) record('T', st.st_ino, 0, 0, NULL, 0);
        }
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return fd;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) {
    MODE(flags) return opened(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags) return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}
int openat(int at, const char *path, int flags, ...) {
    MODE(flags) return opened(at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...) {
    MODE(flags) return opened(at, path, flags | O_LARGEFILE, mode);
}
int creat(const char *path, mode_t mode) {
    return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

#define PAGE 4096

/* Notes that pages are in memory; says whether one of them was not. */
static int touch(struct known *it, off_t at, size_t length) {
    size_t from = (size_t)at / PAGE, to = ((size_t)at + length + PAGE - 1) / PAGE;
    int anew = 0;
    if (to > it->pages) {
        it->seen = realloc(it->seen, to);
        if (it->seen == NULL) abort();
        memset(it->seen + it->pages, 0, to - it->pages);
        it->pages = to;
    }
    for (size_t page = from; page < to; page++) {
        anew |= !it->seen[page];
        it->seen[page] = 1;
    }
    return anew;
}

/* at < 0: at the position of the descriptor. */
static ssize_t wrote(int fd, const struct iovec *parts, int count, off_t at) {
    struct stat st = {0};
    struct known *it = of(fd, &st);
    char link[64], name[4096];
    int mark = 0;
    if (it == NULL && at < 0 && (marks[0] || points[0]) && S_ISREG(st.st_mode)) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        long length = syscall(SYS_readlinkat, AT_FDCWD, link, name, sizeof name - 1);
        name[length < 0 ? 0 : length] = 0;
        mark = marks[0] && strcmp(name, marks) == 0 ? 'M'
             : points[0] && strcmp(name, points) == 0 ? 'P' : 0;
    }
    if (it == NULL && mark == 0) {
        if (at < 0) return syscall(SYS_writev, fd, parts, count);
        return syscall(SYS_pwritev, fd, parts, count, (long)at, 0L);
    }
    pthread_mutex_lock(&lock);
    ssize_t done = -1;
    if (mark == 'P') passed(&parts[0]);
    if (mark || !fails("write", it->path)) {
        off_t place = at;
        if (at < 0 && !mark) {
            long flags = syscall(SYS_fcntl, fd, F_GETFL);
            if (flags & O_APPEND) {
                syscall(SYS_fstat, fd, &st);
                place = st.st_size;
            } else {
                place = syscall(SYS_lseek, fd, 0L, SEEK_CUR);
            }
        }
        done = at < 0 ? syscall(SYS_writev, fd, parts, count)
                      : syscall(SYS_pwritev, fd, parts, count, (long)at, 0L);
        if (it && done > 0 && strcmp(fail_op, "read") == 0) touch(it, place, (size_t)done);
        ssize_t left = done;
        for (int part = 0; part < count && left > 0; part++) {
            size_t length = parts[part].iov_len;
            if ((ssize_t)length > left) length = (size_t)left;
            char op = mark ? (char)mark : 'W';
            record(op, st.st_ino, (uint64_t)place, 0, parts[part].iov_base, length);
            place += (off_t)length;
            left -= (ssize_t)length;
        }
    } else if (fail_short && parts[0].iov_len > 1) {
        struct iovec half = {parts[0].iov_base, parts[0].iov_len / 2};
        off_t place = at < 0 ? syscall(SYS_lseek, fd, 0L, SEEK_CUR) : at;
        done = at < 0 ? syscall(SYS_writev, fd, &half, 1)
                      : syscall(SYS_pwritev, fd, &half, 1, (long)at, 0L);
        if (done > 0) record('W', st.st_ino, (uint64_t)place, 0, half.iov_base, (size_t)done);
        fail_armed_enospc = 1;
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    struct iovec part = {(void *)bytes, length};
    return wrote(fd, &part, 1, -1);
}
ssize_t writev(int fd, const struct iovec *parts, int count) { return wrote(fd, parts, count, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    struct iovec part = {(void *)bytes, length};
    return wrote(fd, &part, 1, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    return pwrite(fd, bytes, length, at);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    return wrote(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    return wrote(fd, parts, count, at);
}

static struct { ino_t ino; size_t from, to; } bad;

static int read_fails(int fd, size_t length, off_t at) {
    if (fail_nth < 0 || strcmp(fail_op, "read") != 0) return 0;
    struct stat st;
    pthread_mutex_lock(&lock);
    struct known *it = of(fd, &st);
    int failed = 0;
    if (it && it->kind == 'f') {
        if (at < 0) at = syscall(SYS_lseek, fd, 0L, SEEK_CUR);
        if (at + (off_t)length > st.st_size) length = at < st.st_size ? st.st_size - at : 0;
        size_t from = (size_t)at / PAGE, to = ((size_t)at + length + PAGE - 1) / PAGE;
        failed = bad.ino == st.st_ino && from < bad.to && bad.from < to;
        if (failed) {
            errno = fail_errno;
        } else if (touch(it, at, length) && (failed = fails("read", it->path))) {
            bad.ino = st.st_ino;
            bad.from = from;
            bad.to = from + 1;
        }
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return failed;
}

ssize_t read(int fd, void *bytes, size_t length) {
    return read_fails(fd, length, -1) ? -1 : syscall(SYS_read, fd, bytes, length);
}
ssize_t pread(int fd, void *bytes, size_t length, off_t at) {
    return read_fails(fd, length, at) ? -1 : syscall(SYS_pread64, fd, bytes, length, at);
}
ssize_t pread64(int fd, void *bytes, size_t length, off64_t at) {
    return pread(fd, bytes, length, at);
}

int ftruncate(int fd, off_t length) {
    struct stat st;
    struct known *it = of(fd, &st);
    if (it == NULL) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    int done = fails("truncate", it->path) ? -1 : (int)syscall(SYS_ftruncate, fd, length);
    if (done == 0) record('T', st.st_ino, (uint64_t)length, 0, NULL, 0);
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

int fallocate(int fd, int mode, off_t at, off_t length) {
    struct stat st;
    struct known *it = of(fd, &st);
    if (it == NULL) return (int)syscall(SYS_fallocate, fd, mode, at, length);
    if (mode != 0) {
        /* Punching holes and the like is not modelled. */
        errno = EOPNOTSUPP;
        return -1;
    }
    pthread_mutex_lock(&lock);
    int done = fails("truncate", it->path) ? -1 : (int)syscall(SYS_fallocate, fd, 0, at, length);
    if (done == 0 && at + length > st.st_size) {
        record('T', st.st_ino, (uint64_t)(at + length), 0, NULL, 0);
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}
int fallocate64(int fd, int mode, off64_t at, off64_t length) {
    return fallocate(fd, mode, at, length);
}
int posix_fallocate(int fd, off_t at, off_t length) {
    return fallocate(fd, 0, at, length) == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t at, off64_t length) {
    return posix_fallocate(fd, at, length);
}

static int synced(int fd, long call) {
    struct stat st;
    struct known *it = of(fd, &st);
    if (it == NULL) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    uint64_t number = ++syncs;
    record('S', st.st_ino, number, 0, NULL, 0);
    int failed = fails("sync", it->path);
    int saved = errno;
    pthread_mutex_unlock(&lock);
    int done = failed ? -1 : 0;
    if (sync_usec >= 0) {
        if (sync_usec > 0) usleep((useconds_t)sync_usec);
    } else if (!failed) {
        done = (int)syscall(call, fd);
        saved = errno;
    }
    pthread_mutex_lock(&lock);
    record('E', st.st_ino, number, done == 0 ? 0 : (uint64_t)saved, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int sync_file_range(int fd, off64_t at, off64_t length, unsigned flags) {
    struct stat st;
    if (of(fd, &st) && sync_usec >= 0) return 0;
    return (int)syscall(SYS_sync_file_range, fd, at, length, flags);
}

static int renamed(int from_fd, const char *from, int to_fd, const char *to, unsigned flags) {
    char one[8192], two[8192];
    const char *a = below(from_fd, from, one, sizeof one), *b = below(to_fd, to, two, sizeof two);
    if (a == NULL || b == NULL) {
        return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
    }
    pthread_mutex_lock(&lock);
    int done = -1;
    if (!fails("rename", b)) done = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
    if (done == 0) {
        char both[16384];
        int length = snprintf(both, sizeof both, "%s%c%s", a, 0, b);
        record('R', 0, 0, 0, both, (size_t)length);
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}
int rename(const char *from, const char *to) {
    return renamed(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat(int from_fd, const char *from, int to_fd, const char *to) {
    return renamed(from_fd, from, to_fd, to, 0);
}
int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags) {
    return renamed(from_fd, from, to_fd, to, flags);
}

static int unlinked(int at_fd, const char *path, int flags) {
    char space[8192];
    const char *name = below(at_fd, path, space, sizeof space);
    if (name == NULL) return (int)syscall(SYS_unlinkat, at_fd, path, flags);
    pthread_mutex_lock(&lock);
    struct stat st;
    struct known *it = NULL;
    if (syscall(SYS_newfstatat, at_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink < 2) {
        it = find(st.st_ino, 0);
    }
    int done = fails("unlink", name) ? -1 : (int)syscall(SYS_unlinkat, at_fd, path, flags);
    /* Its number may be given to a file elsewhere. */
    if (done == 0 && it) it->kind = 0;
    if (done == 0) record(flags & AT_REMOVEDIR ? 'D' : 'U', 0, 0, 0, name, strlen(name));
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}
int unlink(const char *path) { return unlinked(AT_FDCWD, path, 0); }
int unlinkat(int at_fd, const char *path, int flags) { return unlinked(at_fd, path, flags); }
int rmdir(const char *path) { return unlinked(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int at_fd, const char *path, mode_t mode) {
    char space[8192];
    const char *name = below(at_fd, path, space, sizeof space);
    if (name == NULL) return (int)syscall(SYS_mkdirat, at_fd, path, mode);
    pthread_mutex_lock(&lock);
    int done = fails("mkdir", name) ? -1 : (int)syscall(SYS_mkdirat, at_fd, path, mode);
    struct stat st;
    if (done == 0 && syscall(SYS_newfstatat, at_fd, path, &st, 0) == 0) {
        record('K', st.st_ino, 0, 0, name, strlen(name));
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
    char one[8192], two[8192];
    const char *a = below(from_fd, from, one, sizeof one), *b = below(to_fd, to, two, sizeof two);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
    if (done == 0 && a && b) {
        char both[16384];
        int length = snprintf(both, sizeof both, "%s%c%s", a, 0, b);
        record('L', 0, 0, 0, both, (size_t)length);
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}
int symlinkat(const char *target, int at_fd, const char *path) {
    char space[8192];
    const char *name = below(at_fd, path, space, sizeof space);
    if (name == NULL) return (int)syscall(SYS_symlinkat, target, at_fd, path);
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_symlinkat, target, at_fd, path);
    if (done == 0) {
        char both[16384];
        int length = snprintf(both, sizeof both, "%s%c%s", target, 0, name);
        record('Y', 0, 0, 0, both, (size_t)length);
    }
    int saved = errno;
    pthread_mutex_unlock(&lock);
    errno = saved;
    return done;
}
int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

/* Copies inside the kernel: refused, so that the caller reads and writes, which is recorded. */
ssize_t copy_file_range(int in, off64_t *a, int out, off64_t *b, size_t length, unsigned flags) {
    struct stat st;
    if (of(out, &st)) {
        errno = EXDEV;
        return -1;
    }
    return syscall(SYS_copy_file_range, in, a, out, b, length, flags);
}
ssize_t sendfile(int out, int in, off_t *at, size_t length) {
    struct stat st;
    if (of(out, &st)) {
        errno = EINVAL;
        return -1;
    }
    return syscall(SYS_sendfile, out, in, at, length);
}
ssize_t sendfile64(int out, int in, off64_t *at, size_t length) {
    return sendfile(out, in, at, length);
}
