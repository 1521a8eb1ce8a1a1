/* Operations on files by host path, and small ones on the process's surroundings. */
#include "cell.h"
#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static int write_file(const char *path, int flags, mode_t mode, const void *data, size_t size, struct err *err)
{
	CLOSING fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
	if (fd < 0)
		return fail(err, "open", path);
	/* One write: kernel interface files take a value only whole. */
	ssize_t n = write(fd, data, size);
	if (n < 0)
		return fail(err, "write", path);
	return (size_t)n != size ? fail_code(err, "write", path, EIO) : 0;
}

int op_WRITE_FILE(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	int flags = (int)arg_number(a);
	mode_t mode = (mode_t)arg_number(a);
	struct bytes data = arg_bytes(a);
	return write_file(path, flags ? flags : O_WRONLY, mode, data.data, data.size, err);
}

/* Operations that are one system call with a text. */
#define ON_TEXT(NAME, call, result)                                      \
	int op_##NAME(struct cell *c, struct args *a, struct err *err)   \
	{                                                                \
		const char *text = arg_string(a);                        \
		return (result) < 0 ? fail(err, call, text) : 0;         \
	}
ON_TEXT(MKDIR, "mkdir", mkdir(text, (mode_t)arg_number(a)))
ON_TEXT(RMDIR, "rmdir", rmdir(text))
ON_TEXT(CHDIR, "chdir", chdir(text))
ON_TEXT(UNMOUNT, "umount2", umount2(text, (int)arg_number(a)))
ON_TEXT(HOSTNAME, "sethostname", sethostname(text, strlen(text)))
ON_TEXT(DOMAINNAME, "setdomainname", setdomainname(text, strlen(text)))
/* A name joins the keyring of that name if there is one; without, it is a new one for certain. */
ON_TEXT(KEYRING, "keyctl", syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, *text ? text : NULL))

int op_WRITE_PID(struct cell *c, struct args *a, struct err *err)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%d", (int)c->child);
	return write_file(arg_string(a), O_WRONLY, 0, text, (size_t)n, err);
}

int op_WRITE_CHILD_PROC(struct cell *c, struct args *a, struct err *err)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", (int)c->child, arg_string(a));
	struct bytes data = arg_bytes(a);
	return write_file(path, O_WRONLY, 0, data.data, data.size, err);
}

int op_UMASK(struct cell *c, struct args *a, struct err *err)
{
	umask((mode_t)arg_number(a));
	return 0;
}

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

/*
 * A container process can reach the program that its cell runs through /proc/<pid>/exe (CVE-2019-5736). Cells are
 * therefore started from a copy that nobody can write any more.
 */
int op_SEAL(struct cell *c, struct args *a, struct err *err)
{
	struct stat st;
	CLOSING self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (self < 0 || fstat(self, &st) < 0)
		return fail(err, "open", "/proc/self/exe");
	int copy = memfd_create("cell", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (copy < 0) /* before Linux 6.3 MFD_EXEC is unknown and every memfd is executable */
		copy = memfd_create("cell", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy < 0)
		return fail(err, "memfd_create", "");
	for (off_t at = 0; at < st.st_size;)
		if (sendfile(copy, self, &at, (size_t)(st.st_size - at)) <= 0)
			return fail(err, "sendfile", "");
	if (fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return fail(err, "fcntl", "F_ADD_SEALS");
	c->program = copy;
	say(CONTROL_FD, "{\"event\":\"sealed\",\"fd\":%d}", copy);
	return 0;
}
