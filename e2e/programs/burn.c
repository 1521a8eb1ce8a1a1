/* burn PROCESSES MILLISECONDS: computes that long by the wall clock; says how much processor it got, in percent of one. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double ms(struct timeval tv) { return (double)tv.tv_sec * 1e3 + (double)tv.tv_usec / 1e3; }

int main(int argc, char **argv) {
  int processes = argc > 1 ? atoi(argv[1]) : 1, wall = argc > 2 ? atoi(argv[2]) : 1000;
  double start = now();
  for (int i = 0; i < processes; i++) {
    if (fork() == 0) {
      while (now() - start < wall) {
      }
      _exit(0);
    }
  }
  while (wait(0) > 0) {
  }
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("%.0f\n", 100 * (ms(usage.ru_utime) + ms(usage.ru_stime)) / (now() - start));
  return 0;
}
