/* Mounts. New mounts are made detached, dressed with their attributes, and only then moved to a resolved target. */
#include "cell.h"
#include "sys.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { TARGET_ON_HOST = 1, FS_DETACHED = 2 };
enum { BIND_RECURSIVE = 1, BIND_SOURCE_IN_ROOT = 2, BIND_ATTR_RECURSIVE = 4, BIND_NO_FOLLOW = 8, BIND_MAP_IDS = 16,
       BIND_DETACHED = 32 };

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

int op_MOUNT(struct cell *c, struct args *a, struct err *err)
{
	const char *source = arg_string(a), *target = arg_string(a), *type = arg_string(a);
	unsigned long flags = (unsigned long)arg_number(a);
	const char *data = arg_string(a);
	if (mount(or_null(source), target, or_null(type), flags, or_null(data)) < 0)
		return fail(err, "mount", target);
	return 0;
}

/* What the file system itself says about a refusal ("overlay: ..."), if anything. */
static int fs_fail(struct err *err, const char *call, const char *path, int context)
{
	fail(err, call, path);
	ssize_t n = read(context, err->hint, sizeof err->hint - 1);
	err->hint[n > 0 ? n : 0] = 0;
	if (n > 0 && err->hint[n - 1] == '\n')
		err->hint[n - 1] = 0;
	return -1;
}

/* A detached mount of a new file system, or -1. */
static int make_fs(const char *type, char **options, uint64_t attributes, struct err *err)
{
	CLOSING context = sys_fsopen(type);
	if (context < 0)
		return fail(err, "fsopen", type);
	for (; *options; options++) {
		char *value = strchr(*options, '=');
		int result;
		if (value) {
			*value = 0;
			result = sys_fsconfig(context, SYS_FSCONFIG_SET_STRING, *options, value + 1);
			*value = '=';
		} else
			result = sys_fsconfig(context, SYS_FSCONFIG_SET_FLAG, *options, NULL);
		if (result < 0)
			return fs_fail(err, "fsconfig", *options, context);
	}
	if (sys_fsconfig(context, SYS_FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return fs_fail(err, "fsconfig", type, context);
	int fd = sys_fsmount(context, (unsigned)attributes);
	return fd < 0 ? fs_fail(err, "fsmount", type, context) : fd;
}

/* Moves the detached mount (or a clone of a tree) onto an open directory or file. */
static int attach_to(int mount_fd, int target, const char *path, struct err *err)
{
	if (sys_move_mount(mount_fd, target, "", SYS_MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fail(err, "move_mount", path);
	return 0;
}

/* Leaves the mount detached: it is the root from here on. */
static int become_root(struct cell *c, int *fd)
{
	replace_fd(&c->root, *fd);
	*fd = -1;
	return 0;
}

int op_FSMOUNT(struct cell *c, struct args *a, struct err *err)
{
	const char *type = arg_string(a);
	char **options = arg_list(a);
	uint64_t attributes = arg_number(a), flags = arg_number(a);
	const char *target = arg_string(a);
	if (!options)
		return fail_code(err, "fsmount", target, ENOMEM);
	CLOSING fd = make_fs(type, options, attributes, err);
	free(options);
	if (fd < 0)
		return -1;
	if (flags & FS_DETACHED)
		return become_root(c, &fd);
	if (c->root < 0 || (flags & TARGET_ON_HOST))
		return sys_move_mount(fd, AT_FDCWD, target, 0) < 0 ? fail(err, "move_mount", target) : 0;
	CLOSING to = open_in_root(c, target, 1, err);
	return to < 0 ? -1 : attach_to(fd, to, target, err);
}

static bool is_directory(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static int clone_source(struct cell *c, const char *source, uint64_t flags, struct err *err)
{
	if (!*source) {
		int given = c->given;
		c->given = -1;
		return given < 0 ? fail_code(err, "open_tree", "no mount was given", EINVAL) : given;
	}
	unsigned tree = (flags & BIND_RECURSIVE) ? SYS_AT_RECURSIVE : 0;
	int fd;
	if (flags & BIND_SOURCE_IN_ROOT) {
		int at = open_in_root(c, source, 0, err);
		if (at < 0)
			return -1;
		fd = sys_open_tree(at, "", tree | AT_EMPTY_PATH);
		close(at);
	} else
		fd = sys_open_tree(AT_FDCWD, source, tree | ((flags & BIND_NO_FOLLOW) ? AT_SYMLINK_NOFOLLOW : 0));
	return fd < 0 ? fail(err, "open_tree", source) : fd;
}

static struct sys_mount_attr arg_attributes(struct args *a)
{
	uint64_t set = arg_number(a), clear = arg_number(a);
	return (struct sys_mount_attr){set, clear, arg_number(a), 0};
}

static int set_attributes(int fd, const char *path, bool recursive, const struct sys_mount_attr *attr, struct err *err)
{
	if (!attr->set && !attr->clear && !attr->propagation)
		return 0;
	unsigned flags = AT_EMPTY_PATH | (recursive ? SYS_AT_RECURSIVE : 0);
	return sys_mount_setattr(fd, "", flags, attr) < 0 ? fail(err, "mount_setattr", path) : 0;
}

/* Shows the mount's files as the child's user namespace maps them: what is 0 on disk is the container's root. */
static int map_ids(struct cell *c, int fd, const char *source, struct err *err)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/ns/user", (int)c->child);
	CLOSING namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		return fail(err, "open", path);
	struct sys_mount_attr attr = {.set = SYS_ATTR_IDMAP, .userns_fd = (uint64_t)namespace};
	return sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr) < 0 ? fail(err, "idmap", source) : 0;
}

int op_BIND(struct cell *c, struct args *a, struct err *err)
{
	const char *source = arg_string(a), *target = arg_string(a);
	uint64_t flags = arg_number(a);
	struct sys_mount_attr attr = arg_attributes(a);
	int kind = (int)arg_number(a);
	CLOSING fd = clone_source(c, source, flags, err);
	if (fd < 0 || set_attributes(fd, source, flags & BIND_ATTR_RECURSIVE, &attr, err) < 0 ||
	    ((flags & BIND_MAP_IDS) && map_ids(c, fd, source, err) < 0))
		return -1;
	if (flags & BIND_DETACHED)
		return become_root(c, &fd);
	if (kind == 0)
		kind = is_directory(fd) ? 1 : 2;
	CLOSING to = open_in_root(c, target, kind, err);
	return to < 0 ? -1 : attach_to(fd, to, target, err);
}

int op_GIVE(struct cell *c, struct args *a, struct err *err)
{
	if (c->root < 0 || c->baton < 0 || c->is_child)
		return fail_code(err, "sendmsg", "there is no mount to give", EINVAL);
	int result = send_fds(c->baton, BATON_MOUNT, &c->root, 1);
	if (result < 0)
		fail(err, "sendmsg", "a mount");
	replace_fd(&c->root, -1);
	return result;
}

/* Enters a copy of the mount namespace in which nothing done is seen by others, or leaves it, and with it what was made. */
int op_ASIDE(struct cell *c, struct args *a, struct err *err)
{
	bool enter = arg_number(a) != 0;
	if (enter == (c->home >= 0))
		return fail_code(err, "setns", "mounts aside", EINVAL);
	if (enter) {
		c->home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
		c->home_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (c->home < 0 || c->home_root < 0 || unshare(CLONE_NEWNS) < 0)
			return fail(err, "unshare", "mounts aside");
		return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ? fail(err, "mount", "/") : 0;
	}
	CLOSING home = c->home;
	CLOSING root = c->home_root;
	c->home = c->home_root = -1;
	if (setns(home, CLONE_NEWNS) < 0 || fchdir(root) < 0 || chroot(".") < 0)
		return fail(err, "setns", "mounts aside");
	return 0;
}

int op_SET_ATTR(struct cell *c, struct args *a, struct err *err)
{
	const char *target = arg_string(a);
	uint64_t flags = arg_number(a);
	struct sys_mount_attr attr = arg_attributes(a);
	CLOSING fd = open_in_root(c, target, 0, err);
	return fd < 0 ? -1 : set_attributes(fd, target, flags & 1, &attr, err);
}

/* The host's /dev/null, and really it: whatever lies at that path must be the character device 1:3. */
static int clone_null(struct err *err)
{
	struct stat st;
	int fd = sys_open_tree(AT_FDCWD, "/dev/null", 0);
	if (fd < 0)
		return fail(err, "open_tree", "/dev/null");
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
		close(fd);
		return fail_code(err, "open_tree", "/dev/null is not the null device", ENODEV);
	}
	return fd;
}

/* An empty read-only directory: once attached itself, then cloned (before Linux 6.15 only attached mounts can be). */
static int clone_hidden(struct cell *c, const char *path, struct err *err)
{
	char *options[] = {(char[]){"source=tmpfs"}, (char[]){"size=0"}, (char[]){"nr_inodes=1"}, NULL};
	unsigned attributes = SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC;
	bool first = c->hidden < 0;
	if (first && (c->hidden = make_fs("tmpfs", options, attributes, err)) < 0)
		return -1;
	int fd = first ? fcntl(c->hidden, F_DUPFD_CLOEXEC, 0) : sys_open_tree(c->hidden, "", AT_EMPTY_PATH);
	return fd < 0 ? fail(err, "open_tree", path) : fd;
}

int op_MASK(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	CLOSING to = open_in_root(c, path, 0, err);
	if (to < 0)
		return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
	CLOSING fd = is_directory(to) ? clone_hidden(c, path, err) : clone_null(err);
	return fd < 0 ? -1 : attach_to(fd, to, path, err);
}

int op_READONLY(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	struct sys_mount_attr attr = {.set = SYS_ATTR_RDONLY};
	CLOSING to = open_in_root(c, path, 0, err);
	if (to < 0)
		return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
	CLOSING fd = sys_open_tree(to, "", AT_EMPTY_PATH | SYS_AT_RECURSIVE);
	if (fd < 0)
		return fail(err, "open_tree", path);
	return set_attributes(fd, path, true, &attr, err) < 0 ? -1 : attach_to(fd, to, path, err);
}

/* pivot_root(".", ".") stacks the old root on the new one, so that one detach removes it (pivot_root(2), NOTES). */
int op_PIVOT(struct cell *c, struct args *a, struct err *err)
{
	if (fchdir(c->root) < 0)
		return fail(err, "fchdir", "root");
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return fail(err, "pivot_root", ".");
	if (umount2(".", MNT_DETACH) < 0)
		return fail(err, "umount2", ".");
	return chdir("/") < 0 ? fail(err, "chdir", "/") : 0;
}
