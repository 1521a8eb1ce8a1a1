/* Mounts. New mounts are made detached, dressed with their attributes, and only then moved to a resolved target. */
#include "cell.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { TARGET_ON_HOST = 1 };
enum { BIND_RECURSIVE = 1, BIND_SOURCE_IN_ROOT = 2, BIND_ATTR_RECURSIVE = 4, BIND_NO_FOLLOW = 8 };

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

int op_MOUNT(struct cell *c, struct args *a, struct err *err)
{
	(void)c;
	const char *source = arg_string(a), *target = arg_string(a), *type = arg_string(a);
	unsigned long flags = (unsigned long)arg_number(a);
	const char *data = arg_string(a);
	if (mount(or_null(source), target, or_null(type), flags, or_null(data)) < 0)
		return fail(err, "mount", target);
	return 0;
}

int op_UNMOUNT(struct cell *c, struct args *a, struct err *err)
{
	(void)c;
	const char *target = arg_string(a);
	return umount2(target, (int)arg_number(a)) < 0 ? fail(err, "umount2", target) : 0;
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
	int context = sys_fsopen(type);
	if (context < 0)
		return fail(err, "fsopen", type);
	int fd = -1;
	for (; *options; options++) {
		char *value = strchr(*options, '=');
		int result;
		if (value) {
			*value = 0;
			result = sys_fsconfig(context, SYS_FSCONFIG_SET_STRING, *options, value + 1);
			*value = '=';
		} else
			result = sys_fsconfig(context, SYS_FSCONFIG_SET_FLAG, *options, NULL);
		if (result < 0) {
			fs_fail(err, "fsconfig", *options, context);
			goto out;
		}
	}
	if (sys_fsconfig(context, SYS_FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		fs_fail(err, "fsconfig", type, context);
	else if ((fd = sys_fsmount(context, (unsigned)attributes)) < 0)
		fs_fail(err, "fsmount", type, context);
out:
	close(context);
	return fd;
}

/* Moves the detached mount (or a clone of a tree) onto an open directory or file. */
static int attach_to(int mount_fd, int target, const char *path, struct err *err)
{
	if (sys_move_mount(mount_fd, target, "", SYS_MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fail(err, "move_mount", path);
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
	int fd = make_fs(type, options, attributes, err);
	free(options);
	if (fd < 0)
		return -1;
	int result;
	if (c->root < 0 || (flags & TARGET_ON_HOST)) {
		result = sys_move_mount(fd, AT_FDCWD, target, 0);
		if (result < 0)
			fail(err, "move_mount", target);
	} else {
		int to = open_in_root(c, target, 1, err);
		result = to < 0 ? -1 : attach_to(fd, to, target, err);
		if (to >= 0)
			close(to);
	}
	close(fd);
	return result;
}

static bool is_directory(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static int clone_source(struct cell *c, const char *source, uint64_t flags, struct err *err)
{
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

int op_BIND(struct cell *c, struct args *a, struct err *err)
{
	const char *source = arg_string(a), *target = arg_string(a);
	uint64_t flags = arg_number(a);
	struct sys_mount_attr attr = {0};
	attr.set = arg_number(a);
	attr.clear = arg_number(a);
	attr.propagation = arg_number(a);
	int kind = (int)arg_number(a), result = -1;
	int fd = clone_source(c, source, flags, err);
	if (fd < 0)
		return -1;
	if (kind == 0)
		kind = is_directory(fd) ? 1 : 2;
	unsigned recursive = (flags & BIND_ATTR_RECURSIVE) ? SYS_AT_RECURSIVE : 0;
	int to = -1;
	if ((attr.set || attr.clear || attr.propagation) &&
	    sys_mount_setattr(fd, "", AT_EMPTY_PATH | recursive, &attr) < 0)
		fail(err, "mount_setattr", source);
	else if ((to = open_in_root(c, target, kind, err)) >= 0)
		result = attach_to(fd, to, target, err);
	if (to >= 0)
		close(to);
	close(fd);
	return result;
}

int op_SET_ATTR(struct cell *c, struct args *a, struct err *err)
{
	const char *target = arg_string(a);
	uint64_t flags = arg_number(a);
	struct sys_mount_attr attr = {0};
	attr.set = arg_number(a);
	attr.clear = arg_number(a);
	attr.propagation = arg_number(a);
	int fd = open_in_root(c, target, 0, err);
	if (fd < 0)
		return -1;
	int result = sys_mount_setattr(fd, "", AT_EMPTY_PATH | ((flags & 1) ? SYS_AT_RECURSIVE : 0), &attr);
	if (result < 0)
		fail(err, "mount_setattr", target);
	close(fd);
	return result;
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

int op_MASK(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	int fd = -1, result = -1, to = open_in_root(c, path, 0, err);
	if (to < 0)
		return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
	if (!is_directory(to))
		fd = clone_null(err);
	else {
		char *options[] = {(char[]){"source=tmpfs"}, (char[]){"size=0"}, (char[]){"nr_inodes=1"}, NULL};
		if (c->hidden < 0)
			c->hidden = make_fs("tmpfs", options, SYS_ATTR_RDONLY | SYS_ATTR_NOSUID | SYS_ATTR_NODEV | SYS_ATTR_NOEXEC, err);
		if (c->hidden >= 0 && (fd = sys_open_tree(c->hidden, "", AT_EMPTY_PATH)) < 0)
			fail(err, "open_tree", path);
	}
	if (fd >= 0)
		result = attach_to(fd, to, path, err);
	if (fd >= 0)
		close(fd);
	close(to);
	return result;
}

int op_READONLY(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	struct sys_mount_attr attr = {.set = SYS_ATTR_RDONLY};
	int result = -1, to = open_in_root(c, path, 0, err);
	if (to < 0)
		return err->code == ENOENT || err->code == ENOTDIR ? 0 : -1;
	int fd = sys_open_tree(to, "", AT_EMPTY_PATH | SYS_AT_RECURSIVE);
	if (fd < 0)
		fail(err, "open_tree", path);
	else if (sys_mount_setattr(fd, "", AT_EMPTY_PATH | SYS_AT_RECURSIVE, &attr) < 0)
		fail(err, "mount_setattr", path);
	else
		result = attach_to(fd, to, path, err);
	if (fd >= 0)
		close(fd);
	close(to);
	return result;
}

/* pivot_root(".", ".") stacks the old root on the new one, so that one detach removes it (pivot_root(2), NOTES). */
int op_PIVOT(struct cell *c, struct args *a, struct err *err)
{
	(void)a;
	if (fchdir(c->root) < 0)
		return fail(err, "fchdir", "root");
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return fail(err, "pivot_root", ".");
	if (umount2(".", MNT_DETACH) < 0)
		return fail(err, "umount2", ".");
	return chdir("/") < 0 ? fail(err, "chdir", "/") : 0;
}
