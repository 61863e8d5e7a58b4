// SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
/*
 * A library to preload: the NOMEM_NTH-th allocation of the kernel for this
 * process fails (Documentation/fault-injection/fault-injection.rst, fail-nth).
 * Only system calls to drivers count, so that the number depends on drivers
 * only: requests by netlink and by ioctl(), and all calls on files of
 * /dev/infiniband.
 *
 * Copies from and to user space count and fail, too, if the kernel supports
 * that.
 *
 * The library writes to the file NOMEM_OUT: "used NUMBER" if no allocation
 * failed, else "failed CALL".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT	__attribute__((visibility("default")))
#define MAX_FD	1024

static int nth_fd = -1;
static unsigned int left;	/* 0: no allocation is to fail any more */
static unsigned int nth;
static bool watched[MAX_FD];	/* open files of /dev/infiniband */

static void tell(const char *text)
{
	const char *out = getenv("NOMEM_OUT");
	int fd;

	if (!out)
		return;
	fd = syscall(SYS_openat, AT_FDCWD, out, O_WRONLY | O_CREAT | O_TRUNC,
		     0600);
	if (fd < 0)
		return;
	syscall(SYS_write, fd, text, strlen(text));
	syscall(SYS_close, fd);
}

/* The write that sets the counter copies, which may count already. */
static void set_counter(unsigned int value)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", value);

	while (syscall(SYS_pwrite64, nth_fd, text, len, 0L) != len)
		;
}

static void begin(void)
{
	if (left)
		set_counter(left);
}

static void end(const char *call)
{
	char text[64] = "";
	int was = errno;

	if (!left)
		return;
	/* At most the last copy, of this call, can fail here. */
	if (syscall(SYS_pread64, nth_fd, text, 16L, 0L) <= 0)
		left = 1;
	else
		left = strtoul(text, NULL, 10);
	set_counter(0);
	if (!left) {
		snprintf(text, sizeof(text), "failed %s\n", call);
		tell(text);
	}
	errno = was;
}

__attribute__((constructor)) static void start(void)
{
	const char *env = getenv("NOMEM_NTH");

	if (!env)
		return;
	nth_fd = syscall(SYS_openat, AT_FDCWD, "/proc/thread-self/fail-nth",
			 O_RDWR | O_CLOEXEC);
	if (nth_fd < 0) {
		perror("fail-nth");
		_exit(125);
	}
	nth = strtoul(env, NULL, 10);
	left = nth;
}

__attribute__((destructor)) static void finish(void)
{
	char text[64];

	if (nth_fd < 0 || !left)
		return;
	snprintf(text, sizeof(text), "used %u\n", nth - left);
	tell(text);
}

static bool is_watched(int fd)
{
	return fd >= 0 && fd < MAX_FD && watched[fd];
}

static int open_path(const char *path, int flags, mode_t mode)
{
	bool watch = !strncmp(path, "/dev/infiniband/", 16);
	int fd;

	if (watch)
		begin();
	fd = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
	if (watch)
		end("open");
	if (fd >= 0 && fd < MAX_FD)
		watched[fd] = watch;

	return fd;
}

#define OPEN(name)						\
EXPORT int name(const char *path, int flags, ...)		\
{								\
	mode_t mode = 0;					\
	va_list args;						\
								\
	if (flags & (O_CREAT | __O_TMPFILE)) {			\
		va_start(args, flags);				\
		mode = va_arg(args, mode_t);			\
		va_end(args);					\
	}							\
								\
	return open_path(path, flags, mode);			\
}

OPEN(open)
OPEN(open64)

EXPORT int close(int fd)
{
	int ret;

	if (!is_watched(fd))
		return syscall(SYS_close, fd);
	watched[fd] = false;
	begin();
	ret = syscall(SYS_close, fd);
	end("close");

	return ret;
}

EXPORT ssize_t write(int fd, const void *data, size_t len)
{
	ssize_t ret;

	if (!is_watched(fd))
		return syscall(SYS_write, fd, data, len);
	begin();
	ret = syscall(SYS_write, fd, data, len);
	end("write");

	return ret;
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	begin();
	ret = syscall(SYS_ioctl, fd, request, arg);
	end("ioctl");

	return ret;
}

static void *map(void *addr, size_t len, int prot, int flags, int fd,
		 off_t off)
{
	void *ret;

	if (!is_watched(fd))
		return (void *)syscall(SYS_mmap, addr, len, prot, flags, fd,
				       off);
	begin();
	ret = (void *)syscall(SYS_mmap, addr, len, prot, flags, fd, off);
	end("mmap");

	return ret;
}

EXPORT void *mmap(void *addr, size_t len, int prot, int flags, int fd,
		  off_t off)
{
	return map(addr, len, prot, flags, fd, off);
}

EXPORT void *mmap64(void *addr, size_t len, int prot, int flags, int fd,
		    off64_t off)
{
	return map(addr, len, prot, flags, fd, off);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t ret;

	begin();
	ret = syscall(SYS_sendmsg, fd, msg, flags);
	end("sendmsg");

	return ret;
}

EXPORT ssize_t sendto(int fd, const void *data, size_t len, int flags,
		      const struct sockaddr *addr, socklen_t addr_len)
{
	ssize_t ret;

	begin();
	ret = syscall(SYS_sendto, fd, data, len, flags, addr, addr_len);
	end("sendto");

	return ret;
}
