vmaxps       -192(%rsi,%rcx), %zmm6, %zmm0
vminps       %zmm0, %zmm7, %zmm0
vmovaps      %zmm22, %zmm1
vfmadd213ps  %zmm8, %zmm0, %zmm1
vsubps       %zmm8, %zmm1, %zmm2
vfmadd231ps  %zmm23, %zmm2, %zmm0
vfmadd231ps  %zmm2, %zmm26, %zmm0
vmulps       %zmm0, %zmm0, %zmm2
vmovaps      %zmm27, %zmm3
vfmadd213ps  %zmm28, %zmm0, %zmm3
vmovaps      %zmm29, %zmm4
vfmadd213ps  %zmm30, %zmm0, %zmm4
vfmadd231ps  %zmm31, %zmm2, %zmm4
vfmadd213ps  %zmm3, %zmm2, %zmm4
vfmadd213ps  %zmm0, %zmm2, %zmm4
vpslld       $23, %zmm1, %zmm0
vfmadd231ps  %zmm0, %zmm4, %zmm0
vmovups      %zmm0, -192(%r15,%rcx)
... and so on, 76 instructions for 64 logits
