vmovups      -192(%rsi,%r10), %zmm14
vmaxps       %zmm0, %zmm14, %zmm0
vsubps       %zmm4, %zmm14, %zmm14
vmaxps       %zmm14, %zmm3, %zmm14
vmovaps      %zmm6, %zmm15
vfmadd213ps  %zmm5, %zmm14, %zmm15
vaddps       %zmm15, %zmm2, %zmm15
vsubps       %zmm2, %zmm15, %zmm16
vfmadd231ps  %zmm7, %zmm16, %zmm14
vfmadd231ps  %zmm16, %zmm8, %zmm14
vmulps       %zmm14, %zmm14, %zmm16
vmovaps      %zmm10, %zmm17
vfmadd213ps  %zmm9, %zmm14, %zmm17
vmovaps      %zmm12, %zmm18
vfmadd213ps  %zmm11, %zmm14, %zmm18
vfmadd231ps  %zmm13, %zmm16, %zmm18
vfmadd213ps  %zmm17, %zmm16, %zmm18
vfmadd213ps  %zmm14, %zmm16, %zmm18
vpslld       $23, %zmm15, %zmm14
vfmadd231ps  %zmm14, %zmm18, %zmm14
vmaxps       %zmm1, %zmm14, %zmm1
vmovups      %zmm14, -192(%r14,%r10)
... and so on, 91 instructions for 64 logits
