; The shell: reads a line, finds the command, calls it. It is a task of its own, in ring 0.

        section .text
shell_main:
        call shell_wait_for_tasks
        call shell_banner
.line:  print "ring", '0' + KERNEL_RING, "> "
        call line_read
        call command_run
        jmp .line

; After a fault the shell starts here again: greet only once.
shell_banner:
        cmp dword [shell_greeted], 0
        jne .done
        mov dword [shell_greeted], 1
        print 10, "Ringside teaching kernel", 10
        print "Ring ", '0' + KERNEL_RING, " shell on ", CONSOLE_NAME, "; tasks A and B in ring 3. Type help.", 10
.done:  ret

; Both tasks must be waiting for jobs before the first command.
shell_wait_for_tasks:
        cmp dword [task_a + task.state], STATE_IDLE
        jne .wait
        cmp dword [task_b + task.state], STATE_IDLE
        je .done
.wait:  int SWITCH_VECTOR
        jmp shell_wait_for_tasks
.done:  ret

; Read a line into line_buffer, with echo; a zero ends it.
line_read:
        xor edi, edi
.next:  call input_get
        cmp al, 13
        je .done
        cmp al, 10
        je .done
        cmp al, 8
        je .erase
        cmp al, 127
        je .erase
        cmp al, ' '
        jb .next
        cmp edi, LINE_SIZE - 1
        jae .next
        mov [line_buffer + edi], al
        inc edi
        call print_char
        jmp .next
.erase: test edi, edi
        jz .next
        dec edi
        print 8, " ", 8
        jmp .next
.done:  mov byte [line_buffer + edi], 0
        print 10
        ret

; Find the first word in the table and call its command with ESI -> the rest of the line.
command_run:
        mov esi, line_buffer
        call skip_blanks
        cmp byte [esi], 0
        je .done
        mov ebx, commands
.next:  mov edi, [ebx]
        test edi, edi
        jz .unknown
        call word_equals
        je .found
        add ebx, command_size
        jmp .next
.found: mov esi, eax
        call skip_blanks
        call [ebx + command.run]
.done:  ret
.unknown:
        print "unknown command; type help", 10
        ret

skip_blanks:
        cmp byte [esi], ' '
        jne .done
        inc esi
        jmp skip_blanks
.done:  ret

; Does the word at ESI equal the string at EDI? ZF says so; then EAX -> what follows the word.
word_equals:
        push edi
        mov eax, esi
.next:  mov cl, [eax]
        cmp cl, ' '
        jne .letter
        xor cl, cl                      ; a blank ends a word as well as the end of the line
.letter:
        cmp cl, [edi]
        jne .done
        test cl, cl
        jz .done
        inc eax
        inc edi
        jmp .next
.done:  pop edi
        ret

; Read a hexadecimal number at ESI into EAX; carry if there is none.
parse_hex:
        xor eax, eax
        xor edx, edx                    ; digits so far
.next:  movzx ecx, byte [esi]
        or cl, 0x20                     ; lower case
        sub ecx, '0'
        cmp ecx, 9
        jbe .digit
        sub ecx, 'a' - '0' - 10
        cmp ecx, 10
        jb .end
        cmp ecx, 15
        ja .end
.digit: shl eax, 4
        or eax, ecx
        inc esi
        inc edx
        jmp .next
.end:   cmp edx, 1                      ; sets carry if there was no digit
        ret

        section .data
shell_greeted:  dd 0
        section .text
