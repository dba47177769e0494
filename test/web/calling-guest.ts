import { assemble } from "../../guests/assembler/index.js";

/**
 * A boot image, started without firmware, that broadcasts a frame with `name` in it over an NE2000 again and again, and says on COM1 what is in the first frame
 * that it gets; some calls later it halts. By polling (DP8390 data sheet, "Initialization Sequence", "Remote DMA", "Packet Reception").
 */
export const callingGuest = (name: string) =>
  assemble(
    "calling.asm",
    `bits 16
org 0x7c00
BASE equ 0xc000
  cli
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  mov dx, 0x3fb               ; eight data bits
  mov al, 3
  out dx, al
  mov ebx, 0x80000000         ; the RTL8029 among the PCI functions
scan:
  mov eax, ebx
  call config
  in eax, dx
  cmp eax, 0x802910ec
  je found
  add ebx, 0x800
  cmp ebx, 0x80010000
  jb scan
  hlt
found:
  lea eax, [ebx + 0x10]
  call config
  mov eax, BASE
  out dx, eax
  lea eax, [ebx + 4]
  call config
  mov eax, 1
  out dx, eax
  mov si, stopped
  call registers
  mov cx, 12                  ; the address, each byte twice
  xor bx, bx
  mov al, 0x0a
  call dma
  mov di, frame + 6
address:
  in ax, dx
  stosb
  cmp di, frame + 12
  jb address
  mov si, started
  call registers
call_out:
  cmp byte [told], 0
  je calling
  inc byte [told]             ; so that the other hears, too
  cmp byte [told], 50
  jne calling
  hlt
calling:
  mov cx, 60
  mov bx, 0x4000
  mov al, 0x12
  call dma
  mov si, frame
  mov cx, 30
  rep outsw
  mov si, send
  call registers
  mov cx, 5000                ; listen for a while
listen:
  mov dx, BASE
  mov al, 0x62
  out dx, al
  mov dx, BASE + 7
  in al, dx
  mov bl, al
  mov dx, BASE
  mov al, 0x22
  out dx, al
  cmp bl, 0x47
  jne heard
  loop listen
  jmp call_out
heard:
  cmp byte [told], 0
  jne call_out
  inc byte [told]
  mov cx, 64
  mov bx, 0x4700
  mov al, 0x0a
  call dma
  mov di, 0x8000
  mov cx, 32
  rep insw
  mov si, text
  call print
  mov si, 0x8000 + 4 + 14
  call print
  mov si, line
  call print
  jmp call_out
config:
  mov dx, 0xcf8
  out dx, eax
  mov dx, 0xcfc
  ret
; CX bytes at BX of the card's memory, by command AL; DX is the data port then
dma:
  push ax
  mov dx, BASE + 8
  mov al, bl
  out dx, al
  inc dx
  mov al, bh
  out dx, al
  inc dx
  mov al, cl
  out dx, al
  inc dx
  mov al, ch
  out dx, al
  pop ax
  mov dx, BASE
  out dx, al
  mov dx, BASE + 0x10
  ret
; pairs of register and value at SI
registers:
  lodsb
  cmp al, 0xff
  je said
  movzx dx, al
  add dx, BASE
  lodsb
  out dx, al
  jmp registers
said:
  ret
print:
  lodsb
  test al, al
  jz said
  mov ah, al
  mov dx, 0x3fd
full:
  in al, dx
  test al, 0x20
  jz full
  mov al, ah
  mov dx, 0x3f8
  out dx, al
  jmp print
; stopped, words, broadcasts are taken, a ring from page 46H to 80H
stopped: db 0, 0x21, 14, 0x49, 10, 0, 11, 0, 12, 4, 13, 2, 1, 0x46, 2, 0x80, 3, 0x46, 7, 0xff, 15, 0, 0, 0x61, 7, 0x47, 0, 0x22, 0xff
started: db 13, 0, 0xff
send: db 4, 0x40, 5, 60, 6, 0, 0, 0x26, 0xff
text: db "heard ", 0
line: db 10, 0
told: db 0
frame:
  times 6 db 0xff
  times 6 db 0
  db 0x88, 0xb5               ; for experiments
  db "${name}", 0
  times 60 - ($ - frame) db 0
  times 510 - ($ - $$) db 0
  dw 0xaa55
`,
  ).bytes;
