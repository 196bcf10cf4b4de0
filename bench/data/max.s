vmovups      (%rcx), %zmm2
vcmpltps     %zmm2, %zmm0, %k0
vcmpunordps  %zmm1, %zmm2, %k1
korw         %k1, %k0, %k1
vmovaps      %zmm2, %zmm0 {%k1}
addq         $64, %rcx
decq         %rdx
jne          the first line
