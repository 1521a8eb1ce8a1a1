/* Prints the real and the effective user ID. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  printf("%u %u\n", (unsigned)getuid(), (unsigned)geteuid());
  return 0;
}
