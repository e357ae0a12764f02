/* check_registers of 32-bit code: general, SSE and x87 registers, and the x87 control word. Built by the tests, with
 * victim.c. */
#ifdef __i386__
  .text
  .globl check_registers
  .type check_registers, @function

  .macro compare register, value
  cmp $\value, %\register
  je 1f
  inc %esi
1:
  .endm

  .macro fill_vector number
  movd %eax, %xmm\number
  pshufd $0, %xmm\number, %xmm\number
  .endm

  /* The first and the last word. */
  .macro compare_vector number
  movd %xmm\number, %eax
  compare eax, 0x5a697887
  pshufd $0xff, %xmm\number, %xmm\number
  movd %xmm\number, %eax
  compare eax, 0x5a697887
  .endm

  /* Takes the topmost one off. */
  .macro compare_float load
  \load
  fcomip %st(1), %st
  je 1f
  inc %esi
1:
  fstp %st(0)
  .endm

check_registers:
  push %ebp
  push %ebx
  push %esi
  push %edi
  sub $4, %esp
  mov 24(%esp), %edi
  mov 28(%esp), %esi
  mov $0x5a697887, %eax
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7
  fill_vector \number
  .endr
  /* Four of eight, and 53 bits of precision. */
  movw $0x027f, (%esp)
  fldcw (%esp)
  fldpi
  fldl2e
  fldlg2
  fldln2
  mov $0x11111111, %ebx
  mov $0x22222222, %ecx
  mov $0x33333333, %edx
  mov $0x44444444, %ebp
  mov $0x55555555, %eax
2:
  addl $1, (%edi)
  adcl $0, 4(%edi)
  dec %esi
  jnz 2b
  compare eax, 0x55555555
  compare ebx, 0x11111111
  compare ecx, 0x22222222
  compare edx, 0x33333333
  compare ebp, 0x44444444
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7
  compare_vector \number
  .endr
  compare_float fldln2
  compare_float fldlg2
  compare_float fldl2e
  compare_float fldpi
  fnstcw (%esp)
  movzwl (%esp), %eax
  compare eax, 0x027f
  /* All are empty now. */
  fnstenv -28(%esp)
  movzwl -20(%esp), %eax
  compare eax, 0xffff
  movw $0x037f, (%esp)
  fldcw (%esp)
  mov %esi, %eax
  add $4, %esp
  pop %edi
  pop %esi
  pop %ebx
  pop %ebp
  ret
  .size check_registers, . - check_registers
#endif
  .section .note.GNU-stack, "", @progbits
