/* Throughput of TCP: tcp receive|send NAME ADDRESS PORT MEGABYTES is a client of what listens at ADDRESS: at PORT somebody who sends so many bytes and
   closes, at PORT + 1 somebody who takes what comes and answers with its sum, 4 bytes, most significant first. tcp serve PORT MEGABYTES is that somebody.
   Byte n of a stream is n / 4096, modulo 256. The sum is over every 4096th byte. */
#include "runtime.h"

enum { SYS_SOCKETCALL = 102, SOCKET = 1, BIND = 2, CONNECT = 3, LISTEN = 4, ACCEPT = 5, SHUTDOWN = 13, SET_OPTION = 14 };
enum { FAMILY_INTERNET = 2, STREAM = 1, LEVEL_SOCKET = 1, REUSE_ADDRESS = 2, STOP_WRITING = 1, STEP = 4096, BUFFER = 1 << 18, PERIOD = 256 * STEP };

typedef struct {
  u16 family, port;
  u32 address;
  u32 zeros[2];
} Address;

static u8 *buffer;

static void fail(const char *name, const char *what) {
  print("FAIL ");
  print(name);
  print(what);
  print("\n");
  syscall1(SYS_EXIT, 1);
}

static int call(int number, u32 a, u32 b, u32 c, u32 d, u32 e) {
  volatile u32 arguments[5] = {a, b, c, d, e};
  return syscall2(SYS_SOCKETCALL, number, (int)arguments);
}

static u32 parse_address(const char *text) {
  u32 address = 0;
  for (int i = 0; i < 4; i++) {
    address |= parse_decimal(text) << (8 * i);
    while (*text && *text != '.') text++;
    if (*text) text++;
  }
  return address;
}

static Address address_of(u32 address, u32 port) {
  Address made = {FAMILY_INTERNET, (u16)(port << 8 | (port >> 8 & 0xff)), address, {0, 0}};
  return made;
}

static int connect_to(const char *name, const char *address, u32 port) {
  Address to = address_of(parse_address(address), port);
  int socket = call(SOCKET, FAMILY_INTERNET, STREAM, 0, 0, 0);
  if (socket < 0 || call(CONNECT, socket, (u32)&to, sizeof to, 0, 0) < 0) fail(name, ": nobody answers");
  return socket;
}

static u32 take(int socket) {
  u32 sum = 0, at = 0;
  for (;;) {
    int bytes = syscall3(SYS_READ, socket, (int)buffer, BUFFER);
    if (bytes <= 0) return mix(sum, at);
    for (u32 next = (at + STEP - 1) & -STEP; next < at + bytes; next += STEP) sum = mix(sum, buffer[next - at]);
    at += bytes;
  }
}

static u32 give(int socket, u32 megabytes) {
  u32 sum = 0;
  for (u32 i = 0; i < PERIOD / STEP; i++) memset(buffer + i * STEP, i, STEP);
  for (u32 done = 0; done < megabytes; done++) {
    for (u32 at = 0; at < PERIOD;) {
      int bytes = syscall3(SYS_WRITE, socket, (int)(buffer + at), PERIOD - at < BUFFER ? PERIOD - at : BUFFER);
      if (bytes <= 0) return 0;
      at += bytes;
    }
    for (u32 i = 0; i < PERIOD / STEP; i++) sum = mix(sum, i);
  }
  call(SHUTDOWN, socket, STOP_WRITING, 0, 0, 0);
  return mix(sum, megabytes * PERIOD);
}

static void receive(const char *name, const char *address, u32 port, u32 megabytes) {
  begin(name);
  int socket = connect_to(name, address, port);
  u32 sum = take(socket);
  end(name, sum);
  if (megabytes == 0) fail(name, ": nothing to do");
}

static void send(const char *name, const char *address, u32 port, u32 megabytes) {
  u8 answer[4];
  begin(name);
  int socket = connect_to(name, address, port + 1);
  u32 sum = give(socket, megabytes);
  u32 got = 0;
  for (int bytes = 1; got < 4 && bytes > 0; got += bytes) bytes = syscall3(SYS_READ, socket, (int)answer + got, 4 - got);
  u32 theirs = answer[0] << 24 | answer[1] << 16 | answer[2] << 8 | answer[3];
  if (got != 4 || theirs != sum) fail(name, ": the other side did not get what was sent");
  end(name, sum);
}

static int listen_at(u32 port) {
  u32 yes = 1;
  Address at = address_of(0, port);
  int socket = call(SOCKET, FAMILY_INTERNET, STREAM, 0, 0, 0);
  call(SET_OPTION, socket, LEVEL_SOCKET, REUSE_ADDRESS, (u32)&yes, sizeof yes);
  if (call(BIND, socket, (u32)&at, sizeof at, 0, 0) < 0 || call(LISTEN, socket, 8, 0, 0, 0) < 0) fail("serve", ": the port is taken");
  return socket;
}

static void serve(int server, int gives, u32 megabytes) {
  for (;;) {
    int socket = call(ACCEPT, server, 0, 0, 0, 0);
    if (gives) give(socket, megabytes);
    else {
      u32 sum = take(socket);
      u8 answer[4] = {sum >> 24, sum >> 16, sum >> 8, sum};
      syscall3(SYS_WRITE, socket, (int)answer, sizeof answer);
    }
    syscall1(SYS_CLOSE, socket);
  }
}

int program(int argc, char **argv) {
  buffer = map_memory(PERIOD);
  if (argc == 4 && equal(argv[1], "serve")) {
    u32 port = parse_decimal(argv[2]), megabytes = parse_decimal(argv[3]);
    int source = listen_at(port), sink = listen_at(port + 1);
    print("SERVING\n");
    int gives = syscall0(SYS_FORK) != 0;
    serve(gives ? source : sink, gives, megabytes);
  }
  if (argc != 6) return 2;
  u32 port = parse_decimal(argv[4]), megabytes = parse_decimal(argv[5]);
  if (equal(argv[1], "receive")) receive(argv[2], argv[3], port, megabytes);
  else send(argv[2], argv[3], port, megabytes);
  return 0;
}
