movq         %r9, %r10
shlq         $8, %r10
vmaxps       (%rsi,%r10), %zmm6, %zmm0
vminps       %zmm0, %zmm7, %zmm0
vmovaps      %zmm17, %zmm1
vfmadd213ps  %zmm8, %zmm0, %zmm1
vsubps       %zmm8, %zmm1, %zmm2
vfmadd231ps  %zmm18, %zmm2, %zmm0
vfmadd231ps  %zmm2, %zmm19, %zmm0
vmulps       %zmm0, %zmm0, %zmm2
vmovaps      %zmm20, %zmm3
vfmadd213ps  %zmm21, %zmm0, %zmm3
vmovaps      %zmm22, %zmm4
vfmadd213ps  %zmm23, %zmm0, %zmm4
vfmadd231ps  %zmm24, %zmm2, %zmm4
vfmadd213ps  %zmm3, %zmm2, %zmm4
vfmadd213ps  %zmm0, %zmm2, %zmm4
vpslld       $23, %zmm1, %zmm0
vfmadd231ps  %zmm0, %zmm4, %zmm0
vmovups      %zmm0, -192(%rdi)
... and so on, 78 instructions for 64 logits
