/* System calls that older C libraries do not wrap, and their constants (uapi, stable). */
#ifndef SYS_H
#define SYS_H

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif

#define SYS_FSOPEN_CLOEXEC 1
#define SYS_FSCONFIG_SET_FLAG 0
#define SYS_FSCONFIG_SET_STRING 1
#define SYS_FSCONFIG_CMD_CREATE 6
#define SYS_FSMOUNT_CLOEXEC 1
#define SYS_MOVE_MOUNT_F_EMPTY_PATH 0x04
#define SYS_MOVE_MOUNT_T_EMPTY_PATH 0x40
#define SYS_OPEN_TREE_CLONE 1
#define SYS_AT_RECURSIVE 0x8000
#define SYS_ATTR_RDONLY 1
#define SYS_ATTR_NOSUID 2
#define SYS_ATTR_NODEV 4
#define SYS_ATTR_NOEXEC 8
#define SYS_ATTR_IDMAP 0x100000

/* A descriptor that is closed, if it is one, when the variable goes out of scope: on every way out of a function. */
static inline void close_at_end(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define CLOSING __attribute__((cleanup(close_at_end))) int

struct sys_mount_attr {
	uint64_t set, clear, propagation, userns_fd;
};

static inline int sys_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, SYS_FSOPEN_CLOEXEC);
}
static inline int sys_fsconfig(int fd, unsigned cmd, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fd, cmd, key, value, 0);
}
static inline int sys_fsmount(int fd, unsigned attributes)
{
	return (int)syscall(SYS_fsmount, fd, SYS_FSMOUNT_CLOEXEC, attributes);
}
static inline int sys_move_mount(int from, int to_dir, const char *to, unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, "", to_dir, to, flags | SYS_MOVE_MOUNT_F_EMPTY_PATH);
}
static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags | SYS_OPEN_TREE_CLONE | O_CLOEXEC);
}
static inline int sys_mount_setattr(int dir, const char *path, unsigned flags, const struct sys_mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof *attr);
}
static inline int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
	struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}
static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}
static inline int sys_pidfd_send_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

#endif
