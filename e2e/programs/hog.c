/* hog MIB: takes that much memory, page by page, and says so if it still lives. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  size_t mib = argc > 1 ? strtoul(argv[1], 0, 10) : 1;
  for (size_t i = 0; i < mib; i++) {
    volatile char *block = malloc(1 << 20);
    if (!block) return perror("malloc"), 1;
    for (size_t at = 0; at < 1 << 20; at += 4096) block[at] = 1;
  }
  printf("took %zu MiB\n", mib);
  return 0;
}
