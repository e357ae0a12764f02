/* long check_registers(uint64_t *counter, long rounds): fills every register and the red zone with patterns, counts,
 * and then looks whether all are as they were. 0, or the number of those that are not. */
  .text
  .globl check_registers
  .type check_registers, @function

  .macro fill register, value
  movabs $\value, %\register
  .endm

  .macro compare register, value
  push %rax
  movabs $\value, %rax
  cmp %rax, %\register
  pop %rax
  je 1f
  inc %rax
1:
  .endm

  .macro fill_vector number
  movq %r15, %xmm\number
  .endm

  .macro compare_vector number
  movq %xmm\number, %r14
  cmp %r15, %r14
  je 1f
  inc %rax
1:
  .endm

check_registers:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  fill r15, 0x0f1e2d3c4b5a6978
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  fill_vector \number
  .endr
  .irp offset, 8, 16, 32, 64, 96, 120, 128
  mov %r15, -\offset(%rsp)
  .endr
  fill rbx, 0x1111111111111111
  fill rcx, 0x2222222222222222
  fill rdx, 0x3333333333333333
  fill rbp, 0x4444444444444444
  fill r8, 0x5555555555555555
  fill r9, 0x6666666666666666
  fill r10, 0x7777777777777777
  fill r11, 0x8888888888888888
  fill r12, 0x9999999999999999
  fill r13, 0xaaaaaaaaaaaaaaaa
  fill r14, 0xbbbbbbbbbbbbbbbb
  fill rax, 0xcccccccccccccccc
2:
  incq (%rdi)
  dec %rsi
  jnz 2b
  push %rbx
  movabs $0xcccccccccccccccc, %rbx
  cmp %rbx, %rax
  pop %rbx
  mov $0, %eax
  je 3f
  inc %rax
3:
  compare rbx, 0x1111111111111111
  compare rcx, 0x2222222222222222
  compare rdx, 0x3333333333333333
  compare rbp, 0x4444444444444444
  compare r8, 0x5555555555555555
  compare r9, 0x6666666666666666
  compare r10, 0x7777777777777777
  compare r11, 0x8888888888888888
  compare r12, 0x9999999999999999
  compare r13, 0xaaaaaaaaaaaaaaaa
  compare r14, 0xbbbbbbbbbbbbbbbb
  compare r15, 0x0f1e2d3c4b5a6978
  .irp number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  compare_vector \number
  .endr
  /* The pushes above have used the first word. */
  .irp offset, 16, 32, 64, 96, 120, 128
  cmp %r15, -\offset(%rsp)
  je 1f
  inc %rax
1:
  .endr
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
  .size check_registers, . - check_registers

/* The same for the upper vector registers, where the processor has them. */
  .globl check_wide_registers
  .type check_wide_registers, @function
check_wide_registers:
  movabs $0x0f1e2d3c4b5a6978, %rdx
  vpbroadcastq %rdx, %zmm17
  vpbroadcastq %rdx, %zmm31
  mov $0x5a, %ecx
  kmovw %ecx, %k3
2:
  incq (%rdi)
  dec %rsi
  jnz 2b
  xor %eax, %eax
  vpcmpq $4, %zmm17, %zmm31, %k1
  kmovw %k1, %ecx
  test %ecx, %ecx
  je 1f
  inc %rax
1:
  vextracti64x4 $1, %zmm31, %ymm0
  vmovq %xmm0, %rcx
  cmp %rdx, %rcx
  je 1f
  inc %rax
1:
  kmovw %k3, %ecx
  cmp $0x5a, %ecx
  je 1f
  inc %rax
1:
  vzeroupper
  ret
  .size check_wide_registers, . - check_wide_registers

/* long count_restartably(struct rseq *area, uint64_t *counters): adds 1 to the counter of this processor, 64 bytes each,
 * in a critical section long enough to be interrupted. 0, or 1 when it was and nothing was added. */
  .globl count_restartably
  .type count_restartably, @function
count_restartably:
  lea section(%rip), %rax
  mov %rax, 8(%rdi)
3:
  mov 4(%rdi), %eax
  shl $6, %rax
  add %rsi, %rax
  mov (%rax), %rcx
  mov $20000, %edx
1:
  dec %edx
  jnz 1b
  inc %rcx
  mov %rcx, (%rax)
4:
  xor %eax, %eax
  ret
  .byte 0x0f, 0xb9, 0x3d
  .long 0x53053053
5:
  mov $1, %eax
  ret
  .size count_restartably, . - count_restartably

  .section .data.section, "aw", @progbits
  .balign 32
section:
  .long 0, 0
  .quad 3b, 4b - 3b, 5b

  .section .note.GNU-stack, "", @progbits
