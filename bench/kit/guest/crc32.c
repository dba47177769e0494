/* CRC-32 of 64 KiB by table: one load a byte, each dependent on the one before. */
#include "runtime.h"

int program(int argc, char **argv) {
  static u32 table[256];
  static u8 text[65536];
  for (u32 i = 0; i < 256; i++) {
    u32 x = i;
    for (int bit = 0; bit < 8; bit++) x = x & 1 ? (x >> 1) ^ 0xedb88320u : x >> 1;
    table[i] = x;
  }
  for (u32 i = 0; i < sizeof text; i++) text[i] = random32();
  u32 repetitions = scaled(2400), crc = ~0u;
  begin("crc32");
  for (u32 k = 0; k < repetitions; k++)
    for (u32 i = 0; i < sizeof text; i++) crc = table[(crc ^ text[i]) & 255] ^ (crc >> 8);
  end("crc32", crc);
  return 0;
}
