vmaxps       (%rsi,%rdx), %zmm14, %zmm0
vminps       %zmm0, %zmm16, %zmm0
vmovapd      %zmm6, %zmm1
vfmadd213ps  %zmm17, %zmm0, %zmm1
vsubps       %zmm17, %zmm1, %zmm2
vfmadd231ps  %zmm7, %zmm2, %zmm0
vfmadd231ps  %zmm2, %zmm8, %zmm0
vmulps       %zmm0, %zmm0, %zmm2
vmovaps      %zmm12, %zmm3
vfmadd213ps  %zmm13, %zmm0, %zmm3
vmovapd      %zmm9, %zmm4
vfmadd213ps  %zmm10, %zmm0, %zmm4
vfmadd231ps  %zmm11, %zmm2, %zmm4
vfmadd213ps  %zmm3, %zmm2, %zmm4
vfmadd213ps  %zmm0, %zmm2, %zmm4
vpslld       $23, %zmm1, %zmm0
vfmadd231ps  %zmm0, %zmm4, %zmm0
vmovups      %zmm0, (%rcx,%rdx)
... and so on, 76 instructions for 64 logits
