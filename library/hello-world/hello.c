/* The program of the hello-world image: one write and one exit, without a C library, so that it is a few hundred bytes. */

static const char greeting[] =
    "Hello from Wharf!\n"
    "You see this, so your installation works from end to end.\n"
    "\n"
    "Four things have just happened:\n"
    " 1. The client sent your command to the Wharf engine.\n"
    " 2. The engine had no image of that name, so it pulled \"hello-world\" from the Hub,\n"
    "    unless an earlier run had left it in the image store.\n"
    " 3. The engine made a new container from that image and started the program in it\n"
    "    that writes these lines.\n"
    " 4. What the program wrote went through the engine to the client, and so to you.\n"
    "\n"
    "Now try a whole Debian:\n"
    "    wharf run -it debian bash\n"
    "or one command in the smallest system that has a shell:\n"
    "    wharf run --rm busybox echo hi there\n"
    "\n"
    "All commands: wharf --help\n";

static long call(long number, long a, long b, long c) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
#else
#error "hello.c knows amd64 and arm64 only"
#endif
}

#if defined(__x86_64__)
#define WRITE 1
#define EXIT_GROUP 231
#else
#define WRITE 64
#define EXIT_GROUP 94
#endif

void _start(void) {
  const char *at = greeting;
  long left = sizeof greeting - 1;
  while (left > 0) {
    long done = call(WRITE, 1, (long)at, left);
    if (done <= 0) break;
    at += done;
    left -= done;
  }
  for (;;) call(EXIT_GROUP, left > 0, 0, 0);
}
