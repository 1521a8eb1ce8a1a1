/* Tries system calls that a container must not have, harmlessly, and says what each gave: "name errno-name". */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *name, long result) {
  printf("%s %s\n", name, result < 0 ? strerrorname_np(errno) : "ok");
}

static void clone_flag(const char *name, unsigned long flag) {
  long pid = syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  int error = errno;
  if (pid > 0) waitpid((pid_t)pid, 0, 0);
  errno = error;
  say(name, pid);
}

int main(void) {
  char none[64] = {0};
  clone_flag("clone-user", CLONE_NEWUSER);
  clone_flag("clone-mnt", CLONE_NEWNS);
  say("clone3", syscall(SYS_clone3, none, sizeof none));
  say("unshare-user", syscall(SYS_unshare, CLONE_NEWUSER));
  say("unshare-mnt", syscall(SYS_unshare, CLONE_NEWNS));
  say("setns", syscall(SYS_setns, open("/proc/self/ns/uts", O_RDONLY), 0));
  say("mount", mount("none", "/tmp", "tmpfs", 0, 0));
  say("umount", umount("/proc"));
  say("pivot_root", syscall(SYS_pivot_root, "/", "/tmp"));
  say("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  say("add_key", syscall(SYS_add_key, "user", "x", "y", 1, -3));
  say("bpf", syscall(SYS_bpf, 0, none, sizeof none));
  say("perf_event_open", syscall(SYS_perf_event_open, none, 0, -1, -1, 0));
  say("open_by_handle_at", syscall(SYS_open_by_handle_at, AT_FDCWD, none, O_RDONLY));
  say("init_module", syscall(SYS_init_module, none, 0, ""));
  say("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
  say("reboot", syscall(SYS_reboot, 0, 0, 0, 0));
  say("swapon", syscall(SYS_swapon, "/none", 0));
  say("acct", syscall(SYS_acct, "/none"));
  say("getpid", syscall(SYS_getpid));
  return 0;
}
