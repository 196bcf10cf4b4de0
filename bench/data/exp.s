vmovups      -192(%rdi,%rax), %zmm16
vmaxps       %zmm28, %zmm16, %zmm17
vsubps       %zmm5, %zmm16, %zmm16
vmaxps       %zmm16, %zmm4, %zmm16
vmovaps      %zmm8, %zmm18
vfmadd213ps  %zmm7, %zmm16, %zmm18
vaddps       %zmm18, %zmm3, %zmm18
vsubps       %zmm3, %zmm18, %zmm19
vfmadd231ps  %zmm9, %zmm19, %zmm16
vfmadd231ps  %zmm19, %zmm10, %zmm16
vmulps       %zmm16, %zmm16, %zmm19
vmovaps      %zmm12, %zmm20
vfmadd213ps  %zmm11, %zmm16, %zmm20
vmovaps      %zmm14, %zmm21
vfmadd213ps  %zmm13, %zmm16, %zmm21
vfmadd231ps  %zmm15, %zmm19, %zmm21
vfmadd213ps  %zmm20, %zmm19, %zmm21
vfmadd213ps  %zmm16, %zmm19, %zmm21
vpslld       $23, %zmm18, %zmm16
vfmadd231ps  %zmm16, %zmm21, %zmm16
vmaxps       %zmm23, %zmm16, %zmm18
vminps       %zmm16, %zmm23, %zmm19
vaddps       %zmm6, %zmm19, %zmm19
vmovups      %zmm16, -192(%rbx,%rax)
... and so on, 105 instructions for 64 logits
