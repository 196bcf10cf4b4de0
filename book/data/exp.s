vmovups      -448(%r12,%rax), %zmm5
vsubps       %zmm4, %zmm5, %zmm6
vmaxps       %zmm6, %zmm3, %zmm6
vmovaps      %zmm17, %zmm7
vfmadd213ps  %zmm18, %zmm6, %zmm7
vaddps       %zmm7, %zmm27, %zmm7
vsubps       %zmm27, %zmm7, %zmm8
vfmadd231ps  %zmm19, %zmm8, %zmm6
vfmadd231ps  %zmm8, %zmm20, %zmm6
vmulps       %zmm6, %zmm6, %zmm8
vmovaps      %zmm21, %zmm9
vmovaps      %zmm23, %zmm10
vfmadd213ps  %zmm24, %zmm6, %zmm10
vfmadd213ps  %zmm22, %zmm6, %zmm9
vfmadd231ps  %zmm25, %zmm8, %zmm10
vfmadd213ps  %zmm9, %zmm8, %zmm10
vfmadd213ps  %zmm6, %zmm8, %zmm10
vmaxps       %zmm29, %zmm5, %zmm5
vpslld       $23, %zmm7, %zmm6
vfmadd231ps  %zmm6, %zmm10, %zmm6
vmovups      %zmm6, -448(%r14,%rax)
... and so on, 201 instructions for 128 logits
