cmpq         %rdx, %r8
je           out of the loop
cmpq         %rdx, %rax
je           out of the loop
movq         384(%rsp), %rbx
vmaxps       -192(%rbx,%rsi), %zmm19, %zmm0
vminps       %zmm0, %zmm18, %zmm0
vmovaps      %zmm9, %zmm1
vfmadd213ps  %zmm17, %zmm0, %zmm1
vsubps       %zmm17, %zmm1, %zmm2
vfmadd231ps  %zmm10, %zmm2, %zmm0
vfmadd231ps  %zmm2, %zmm11, %zmm0
vmulps       %zmm0, %zmm0, %zmm2
vmovaps      %zmm13, %zmm3
vfmadd213ps  %zmm12, %zmm0, %zmm3
vmovaps      %zmm15, %zmm4
vfmadd213ps  %zmm14, %zmm0, %zmm4
vfmadd231ps  %zmm16, %zmm2, %zmm4
vfmadd213ps  %zmm3, %zmm2, %zmm4
vfmadd213ps  %zmm0, %zmm2, %zmm4
vpslld       $23, %zmm1, %zmm0
vfmadd231ps  %zmm0, %zmm4, %zmm0
movq         192(%rsp), %r8
vmovups      %zmm0, -192(%r8,%rsi)
... and so on, 92 instructions for 64 logits
