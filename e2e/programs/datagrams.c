/*
 * datagrams PATH [hex]: listens on a unix datagram socket and prints what comes, a line of dashes behind each datagram.
 * With a second argument each datagram is a line of hexadecimal digits.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static char data[1 << 18];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc < 2) return 2;
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return perror("bind"), 1;
  puts("ready");
  fflush(stdout);
  for (;;) {
    ssize_t n = recv(fd, data, sizeof data, 0);
    if (n < 0) return 0;
    if (argc > 2)
      for (ssize_t i = 0; i < n; i++) printf("%02x", (unsigned char)data[i]);
    else
      fwrite(data, 1, n, stdout);
    puts(argc > 2 ? "" : "---");
    fflush(stdout);
  }
}
