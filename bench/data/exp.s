cmpq         %rdx, %rcx
je           out of the loop
cmpq         %rdx, %rax
je           out of the loop
vmaxps       -192(%r10,%r9), %zmm20, %zmm0
vminps       %zmm0, %zmm19, %zmm0
vmovaps      %zmm10, %zmm1
vfmadd213ps  %zmm18, %zmm0, %zmm1
vsubps       %zmm18, %zmm1, %zmm2
vfmadd231ps  %zmm11, %zmm2, %zmm0
vfmadd231ps  %zmm2, %zmm12, %zmm0
vmulps       %zmm0, %zmm0, %zmm2
vmovaps      %zmm14, %zmm3
vfmadd213ps  %zmm13, %zmm0, %zmm3
vmovaps      %zmm16, %zmm4
vfmadd213ps  %zmm15, %zmm0, %zmm4
vfmadd231ps  %zmm17, %zmm2, %zmm4
vfmadd213ps  %zmm3, %zmm2, %zmm4
vfmadd213ps  %zmm0, %zmm2, %zmm4
vpslld       $23, %zmm1, %zmm0
vfmadd231ps  %zmm0, %zmm4, %zmm0
vmovups      %zmm0, -192(%r15,%r9)
... and so on, 89 instructions for 64 logits
