vmovups      (%rcx), %zmm1
vcmpltps     %zmm1, %zmm0, %k0
vcmpunordps  %zmm5, %zmm1, %k1
korw         %k1, %k0, %k1
vmovaps      %zmm1, %zmm0 {%k1}
addq         $64, %rcx
decq         %rsi
jne          the first line
