// The macros every source can use, in NASM's own language: user forms of directives, alignment and structures.
// Primitive directives stand in brackets, so that a macro of the same name can wrap them.

export const PRELUDE = `
%imacro align 1-2+.nolist nop
  [sectalign %1]
  times (((%1) - (($-$$) % (%1))) % (%1)) %2
%endmacro
%imacro alignb 1-2+.nolist resb 1
  [sectalign %1]
  times (((%1) - (($-$$) % (%1))) % (%1)) %2
%endmacro
%imacro struc 1-2.nolist 0
  %define __?struc_name?__ %1
  [absolute %2]
  %1:
%endmacro
%imacro endstruc 0.nolist
  %[__?struc_name?__]_size equ ($-%[__?struc_name?__])
  __?SECT?__
%endmacro
%imacro istruc 1.nolist
  %define __?istruc_name?__ %1
  %%start:
  %define __?istruc_start?__ %%start
%endmacro
%imacro at 1-2+.nolist
  times (%1-%[__?istruc_name?__])-($-__?istruc_start?__) db 0
  %2
%endmacro
%imacro iend 0.nolist
  times %[__?istruc_name?__]_size-($-__?istruc_start?__) db 0
%endmacro
`;
