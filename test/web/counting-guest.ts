import { assemble } from "../../guests/assembler/index.js";

/**
 * A boot image, started without firmware, that counts in the first byte of sector 3 of the first IDE disk: says "was N" on COM1, writes N + 1, and
 * ends the run without a flush, as DOS does. By PIO (ATA/ATAPI-6, "PIO data-in command protocol").
 */
export const countingGuest = assemble(
  "counting.asm",
  `bits 16
org 0x7c00
  cli
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  mov dx, 0x3fb               ; eight data bits
  mov al, 3
  out dx, al
  mov dx, 0x3f6               ; no interrupts
  mov al, 2
  out dx, al
  mov al, 0x20                ; READ SECTORS
  call command
  call data
  mov di, 0x8000
  mov dx, 0x1f0
  mov cx, 256
  rep insw
  mov si, text
  call print
  mov al, [0x8000]
  add al, '0'
  call put
  mov al, 10
  call put
  inc byte [0x8000]
  mov al, 0x30                ; WRITE SECTORS
  call command
  call data
  mov si, 0x8000
  mov dx, 0x1f0
  mov cx, 256
  rep outsw
  call ready
  mov al, 0
  jmp leave
command:
  push ax
  mov dx, 0x1f6
  mov al, 0xe0
  out dx, al
  mov dx, 0x1f2
  mov al, 1
  out dx, al
  inc dx
  mov al, 3
  out dx, al
  inc dx
  mov al, 0
  out dx, al
  inc dx
  out dx, al
  pop ax
  mov dx, 0x1f7
  out dx, al
  ret
ready:
  mov dx, 0x1f7
  in al, dx
  test al, 0x80
  jnz ready
  test al, 0x21               ; an error, or a fault of the device
  jnz failed
  ret
data:
  call ready
  test al, 8
  jz data
  ret
failed:
  mov si, failure
  call print
  mov al, 1
leave:
  mov ah, al
  mov dx, 0x3fd
sending:
  in al, dx
  test al, 0x40
  jz sending
  mov al, ah
  out 0xf4, al
print:
  lodsb
  test al, al
  jz printed
  call put
  jmp print
printed:
  ret
put:
  mov ah, al
  mov dx, 0x3fd
full:
  in al, dx
  test al, 0x20
  jz full
  mov al, ah
  mov dx, 0x3f8
  out dx, al
  ret
text: db "was ", 0
failure: db "the disk failed", 10, 0
  times 510 - ($ - $$) db 0
  dw 0xaa55
`,
).bytes;
