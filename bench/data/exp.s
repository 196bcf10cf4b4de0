vmovups      -192(%r14,%rax), %zmm6
vmaxps       %zmm27, %zmm6, %zmm7
vsubps       %zmm5, %zmm6, %zmm6
vmaxps       %zmm6, %zmm4, %zmm6
vmovaps      %zmm14, %zmm8
vfmadd213ps  %zmm15, %zmm6, %zmm8
vaddps       %zmm8, %zmm3, %zmm8
vsubps       %zmm3, %zmm8, %zmm9
vfmadd231ps  %zmm16, %zmm9, %zmm6
vfmadd231ps  %zmm9, %zmm17, %zmm6
vmulps       %zmm6, %zmm6, %zmm9
vmovaps      %zmm18, %zmm10
vfmadd213ps  %zmm19, %zmm6, %zmm10
vmovaps      %zmm20, %zmm11
vfmadd213ps  %zmm21, %zmm6, %zmm11
vfmadd231ps  %zmm22, %zmm9, %zmm11
vfmadd213ps  %zmm10, %zmm9, %zmm11
vfmadd213ps  %zmm6, %zmm9, %zmm11
vpslld       $23, %zmm8, %zmm6
vfmadd231ps  %zmm6, %zmm11, %zmm6
vmaxps       %zmm12, %zmm6, %zmm8
vminps       %zmm6, %zmm12, %zmm9
vaddps       %zmm23, %zmm9, %zmm9
vmovups      %zmm6, -192(%r15,%rax)
... and so on, 105 instructions for 64 logits
