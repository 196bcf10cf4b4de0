//! One source, several instruction sets: the best is chosen when the program runs.
//!
//! A compiler that knows nothing of the processor may use only what every x86-64 has:
//! vectors of four numbers, and no fused multiply-add. So each kernel is compiled three
//! times, and the crate `pulp` finds out what the processor can do: it hands out a token
//! for an instruction set only where that exists, and the token runs a function compiled
//! for it. (That step is the one unsafe thing about it, and it is made there.)
//!
//! On other processors the baseline serves. On AArch64 it has vectors of four and a fused
//! multiply-add.

use std::fmt;

/// The instruction sets that the kernels are compiled for.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum InstructionSet {
    /// What every processor of the architecture has.
    Baseline,
    /// Vectors of eight, with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    /// Vectors of sixteen, with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
}

impl InstructionSet {
    /// Those that this processor has, the widest first.
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let wider = [
            pulp::x86::V4::try_new().map(InstructionSet::Avx512),
            pulp::x86::V3::try_new().map(InstructionSet::Avx2),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let wider = [None; 0];
        wider.into_iter().flatten().chain([InstructionSet::Baseline]).collect()
    }

    /// The widest that this processor has.
    pub fn best() -> Self {
        Self::available()[0]
    }

    /// Runs the kernel as it was compiled for this instruction set.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            InstructionSet::Baseline => kernel.run::<{ cfg!(target_arch = "aarch64") }>(),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(avx2) => avx2.vectorize(Fused(kernel)),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(avx512) => avx512.vectorize(Fused(kernel)),
        }
    }
}

impl fmt::Debug for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InstructionSet::Baseline => "Baseline",
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(_) => "Avx2",
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(_) => "Avx512",
        })
    }
}

/// Work that is compiled once for each instruction set.
///
/// The functions that it calls must be `#[inline(always)]`: a function that isn't inlined, or a
/// closure, is compiled once, for the baseline. Two small ones are, on purpose.
pub(crate) trait Kernel {
    type Output;

    /// `FMA` says whether the instruction set multiplies and adds in one step.
    fn run<const FMA: bool>(self) -> Self::Output;
}

#[cfg(target_arch = "x86_64")]
struct Fused<K>(K);

#[cfg(target_arch = "x86_64")]
impl<K: Kernel> pulp::NullaryFnOnce for Fused<K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.0.run::<true>()
    }
}
