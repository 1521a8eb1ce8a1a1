/* forks MAX: starts processes that wait, until the kernel refuses or MAX is reached; says how many, and why it ended. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int max = argc > 1 ? atoi(argv[1]) : 10, made = 0, why = 0;
  pid_t pids[4096];
  while (made < max && made < 4096) {
    pid_t pid = fork();
    if (pid < 0) {
      why = errno;
      break;
    }
    if (pid == 0) {
      pause();
      _exit(0);
    }
    pids[made++] = pid;
  }
  for (int i = 0; i < made; i++) kill(pids[i], SIGKILL);
  while (wait(0) > 0) {
  }
  printf("%d %s\n", made, why ? strerror(why) : "all");
  return 0;
}
