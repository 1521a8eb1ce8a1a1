/* Namespaces, credentials, filters, execution. */
#include "cell.h"
#include "sys.h"

#include <grp.h>
#include <sched.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void become_child(struct cell *c, int baton)
{
	c->is_child = true;
	c->baton = baton;
	close(CONTROL_FD);
	if (c->log)
		log_finish(c->log);
	c->log = NULL;
	replace_fd(&c->listener, -1);
	replace_fd(&c->directory, -1);
	/* Until execve nobody inside the namespaces may read this process's memory or descriptors. */
	prctl(PR_SET_DUMPABLE, 0);
}

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define NAMESPACES ((uint64_t)(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | \
                               CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME))

int op_CLONE(struct cell *c, struct args *a, struct err *err)
{
	uint64_t flags = arg_number(a);
	const char *cgroup = arg_string(a);
	int pair[2];
	if (flags & ~NAMESPACES) /* sharing memory, say, would have two processes on one stack */
		return fail_code(err, "clone3", "flags", EINVAL);
	if (c->child || c->is_child)
		return fail_code(err, "clone3", "there is a child already", EBUSY);
	CLOSING cgroup_fd = *cgroup ? open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (*cgroup && cgroup_fd < 0)
		return fail(err, "open", cgroup);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail(err, "socketpair", "");
	struct clone_args args = {.flags = flags | CLONE_PIDFD, .exit_signal = SIGCHLD};
	args.pidfd = (uint64_t)(uintptr_t)&c->pidfd;
	if (cgroup_fd >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup_fd;
	}
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
	int code = errno;
	if (pid == 0) {
		close(pair[0]);
		become_child(c, pair[1]);
		return 0;
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return fail_code(err, "clone3", "", code);
	}
	c->child = pid;
	c->baton = pair[0];
	say(CONTROL_FD, "{\"event\":\"child\",\"pid\":%d}", (int)pid);
	return 0;
}

int op_SETNS(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	CLOSING fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(err, "open", path);
	return setns(fd, (int)arg_number(a)) < 0 ? fail(err, "setns", path) : 0;
}

/* All are opened before the first is joined: from inside a user or mount namespace the other files are out of reach. */
int op_JOIN(struct cell *c, struct args *a, struct err *err)
{
	char **paths = arg_list(a);
	int fds[8], count = 0, result = paths ? 0 : fail_code(err, "setns", "", ENOMEM);
	while (result == 0 && paths[count]) {
		if (count == 8)
			result = fail_code(err, "setns", "", E2BIG);
		else if ((fds[count] = open(paths[count], O_RDONLY | O_CLOEXEC)) < 0)
			result = fail(err, "open", paths[count]);
		else
			count++;
	}
	for (int i = 0; i < count; i++) {
		if (result == 0 && setns(fds[i], 0) < 0)
			result = fail(err, "setns", paths[i]);
		close(fds[i]);
	}
	free(paths);
	return result;
}

int op_UNSHARE(struct cell *c, struct args *a, struct err *err)
{
	return unshare((int)arg_number(a)) < 0 ? fail(err, "unshare", "") : 0;
}

/* A machine may lack CAP_SYS_RESOURCE: then the hard limit cannot grow, and the nearest allowed values are taken. */
int op_RLIMIT(struct cell *c, struct args *a, struct err *err)
{
	int resource = (int)arg_number(a);
	struct rlimit now, want;
	want.rlim_cur = (rlim_t)arg_number(a);
	want.rlim_max = (rlim_t)arg_number(a);
	pid_t whose = c->is_child ? 0 : c->child;
	if (prlimit(whose, resource, &want, NULL) == 0)
		return 0;
	if (errno != EPERM || prlimit(whose, resource, NULL, &now) < 0)
		return fail(err, "setrlimit", "");
	if (want.rlim_max > now.rlim_max)
		want.rlim_max = now.rlim_max;
	if (want.rlim_cur > want.rlim_max)
		want.rlim_cur = want.rlim_max;
	return prlimit(whose, resource, &want, NULL) < 0 ? fail(err, "setrlimit", "") : 0;
}

int op_SESSION(struct cell *c, struct args *a, struct err *err)
{
	/* EPERM: it leads a process group already; then it has been a session leader before. */
	return setsid() < 0 && errno != EPERM ? fail(err, "setsid", "") : 0;
}

int op_BOUNDING(struct cell *c, struct args *a, struct err *err)
{
	uint64_t mask = arg_number(a);
	for (int cap = 0; cap < 64; cap++) {
		if ((mask >> cap) & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) {
			if (errno == EINVAL) /* past the last capability of this kernel */
				break;
			return fail(err, "prctl", "PR_CAPBSET_DROP");
		}
	}
	return 0;
}

int op_USER(struct cell *c, struct args *a, struct err *err)
{
	uid_t uid = (uid_t)arg_number(a);
	gid_t gid = (gid_t)arg_number(a);
	struct bytes groups = arg_bytes(a);
	struct stat st;
	/* So that /dev/stdout and /dev/stderr can be opened again by that user. The null device stays as it is. */
	for (int fd = 0; fd <= 2; fd++)
		if (fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) && st.st_rdev != 0x103)
			(void)!fchown(fd, uid, S_ISCHR(st.st_mode) ? st.st_gid : gid);
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return fail(err, "prctl", "PR_SET_KEEPCAPS");
	gid_t list[1024];
	size_t count = groups.size / sizeof *list;
	if (count > sizeof list / sizeof *list)
		return fail_code(err, "setgroups", "", EINVAL);
	memcpy(list, groups.data, count * sizeof *list);
	if (syscall(SYS_setgroups, count, list) < 0)
		return fail(err, "setgroups", "");
	if (syscall(SYS_setresgid, gid, gid, gid) < 0)
		return fail(err, "setresgid", "");
	if (syscall(SYS_setresuid, uid, uid, uid) < 0)
		return fail(err, "setresuid", "");
	prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	return 0;
}

/* Another user for files keeps an overlay's own files in the range that its layers map; capabilities stay. */
int op_FILE_USER(struct cell *c, struct args *a, struct err *err)
{
	uid_t uid = (uid_t)arg_number(a);
	gid_t gid = (gid_t)arg_number(a);
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	setfsgid(gid);
	setfsuid(uid);
	if (syscall(SYS_capget, &header, data) < 0)
		return fail(err, "capget", "");
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	return syscall(SYS_capset, &header, data) < 0 ? fail(err, "capset", "") : 0;
}

int op_CAPABILITIES(struct cell *c, struct args *a, struct err *err)
{
	uint64_t effective = arg_number(a), permitted = arg_number(a), inheritable = arg_number(a);
	uint64_t ambient = arg_number(a);
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
	};
	if (syscall(SYS_capset, &header, data) < 0)
		return fail(err, "capset", "");
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (unsigned long cap = 0; cap < 64; cap++)
		if (((ambient >> cap) & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return fail(err, "prctl", "PR_CAP_AMBIENT_RAISE");
	return 0;
}

int op_NO_NEW_PRIVILEGES(struct cell *c, struct args *a, struct err *err)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? fail(err, "prctl", "PR_SET_NO_NEW_PRIVS") : 0;
}

/* Every descriptor but the standard ones stays outside (CVE-2024-21626). */
static int seal_descriptors(struct cell *c, struct err *err)
{
	if (!c->sealed && sys_close_range(3, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return fail(err, "close_range", "");
	c->sealed = true;
	return 0;
}

int op_SECCOMP(struct cell *c, struct args *a, struct err *err)
{
	unsigned flags = (unsigned)arg_number(a);
	struct bytes filter = arg_bytes(a);
	if (seal_descriptors(c, err) < 0) /* now: the filter may not let close_range pass */
		return -1;
	size_t count = filter.size / sizeof(struct sock_filter);
	if (count == 0 || count > BPF_MAXINSNS)
		return fail_code(err, "seccomp", "", EINVAL);
	/* The message gives no alignment; the kernel copies, but the pointer has to be fit for the type. */
	struct sock_filter *aligned = malloc(count * sizeof *aligned);
	if (!aligned)
		return fail(err, "malloc", "");
	memcpy(aligned, filter.data, count * sizeof *aligned);
	struct sock_fprog program = {.len = (unsigned short)count, .filter = aligned};
	long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (result < 0)
		fail(err, "seccomp", "");
	free(aligned);
	return result < 0 ? -1 : 0;
}

/* A descriptor of the host could make "." a directory outside the root: the kernel then reports "(unreachable)". */
int op_WORKDIR(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	char now[4096];
	if (chdir(path) < 0)
		return fail(err, "chdir", path);
	if (syscall(SYS_getcwd, now, sizeof now) < 0 || now[0] != '/')
		return fail_code(err, "chdir", path, ENOENT);
	return 0;
}

static const char *path_of(char **environment)
{
	for (; *environment; environment++)
		if (strncmp(*environment, "PATH=", 5) == 0)
			return *environment + 5;
	return "";
}

/* Why this file cannot be executed, or 0. */
static int executable(const char *file)
{
	struct stat st;
	if (stat(file, &st) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	/* Real and effective identity are the same here, and old seccomp profiles know access(2) only. */
	return access(file, X_OK) < 0 ? errno : 0;
}

/* The first executable of that name in PATH, in `out`; else the reason. */
static int look_up(const char *name, const char *path, char *out, size_t room)
{
	int reason = ENOENT;
	for (const char *at = path; *at;) {
		size_t length = strcspn(at, ":");
		if (length > 0 && snprintf(out, room, "%.*s/%s", (int)length, at, name) < (int)room) {
			int code = executable(out);
			if (code == 0)
				return 0;
			if (code == EACCES)
				reason = code;
		}
		at += length + (at[length] == ':');
	}
	return reason;
}

static void reset_signals(void)
{
	sigset_t none;
	for (int number = 1; number < 65; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int op_GATE(struct cell *c, struct args *a, struct err *err)
{
	const char *path = arg_string(a);
	c->gate = open(path, O_RDWR | O_CLOEXEC); /* for writing too: it is never at its end */
	return c->gate < 0 ? fail(err, "open", path) : 0;
}

int op_EXEC(struct cell *c, struct args *a, struct err *err)
{
	const char *file = arg_string(a);
	char **arguments = arg_list(a), **environment = arg_list(a);
	char found[4096];
	if (!arguments || !environment)
		return fail_code(err, "execve", file, ENOMEM);
	snprintf(found, sizeof found, "%s", file);
	bool search = strchr(file, '/') == NULL;
	int code = search ? look_up(file, path_of(environment), found, sizeof found) : executable(file);
	if (code != 0)
		return fail_code(err, search ? "PATH" : "stat", file, code);
	reset_signals();
	if (seal_descriptors(c, err) < 0)
		return -1;
	if (c->gate >= 0) { /* created: all that can be refused was; from here on this process is its caller's */
		replace_fd(&c->baton, -1);
		while (read(c->gate, &(char){0}, 1) < 0 && errno == EINTR)
			;
	}
	execve(found, arguments, environment);
	return fail(err, "execve", file);
}

/* Process 1 of --init: passes every signal on, reaps, ends as its child ended. */
static _Noreturn void init_main(pid_t child)
{
	sigset_t all;
	sigfillset(&all);
	sys_close_range(0, ~0u, 0);
	for (;;) {
		int status, number = sigwaitinfo(&all, NULL);
		if (number > 0 && number != SIGCHLD)
			kill(child, number);
		for (pid_t gone; (gone = waitpid(-1, &status, WNOHANG)) > 0;)
			if (gone == child)
				_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
}

int op_INIT(struct cell *c, struct args *a, struct err *err)
{
	sigset_t all, before;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* this process is the monitor's child and stays so */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid_t child = fork();
	if (child < 0)
		return fail(err, "fork", "");
	if (child > 0)
		init_main(child);
	sigprocmask(SIG_SETMASK, &before, NULL);
	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	tcsetpgrp(0, getpid());
	return 0;
}
