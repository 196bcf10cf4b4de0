//! One source, several instruction sets: the widest is chosen when the program runs.
//!
//! A compiler that knows nothing about the processor may use only the instructions that every
//! x86-64 has: vectors of four numbers, and no fused multiply-add. So each kernel is compiled
//! twice, for AVX2 and for AVX-512. The crate `pulp` asks the processor for its instruction
//! sets. It hands out a token for an instruction set only if the set exists, and the token runs
//! a function that was compiled for that set. That step is the only unsafe thing about this
//! stage, and it's made in `pulp`.
//!
//! The kernels need a fused multiply-add, which every AArch64 has. Without it, the scalar stage
//! serves each method: it's slower, and at least as exact.

use std::fmt;

/// The instruction sets that the kernels are compiled for.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum InstructionSet {
    /// No kernel runs: the processor has no fused multiply-add, or isn't asked to use it.
    Scalar,
    /// Vectors of four, which every AArch64 has.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// Vectors of eight.
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    /// Vectors of sixteen.
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
}

impl InstructionSet {
    /// Returns the sets that this processor has, the widest first.
    pub fn available() -> Vec<Self> {
        [Self::with_vectors(), vec![InstructionSet::Scalar]].concat()
    }

    /// Returns the sets that run kernels and that this processor has, the widest first.
    pub(crate) fn with_vectors() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let sets = [
            pulp::x86::V4::try_new().map(InstructionSet::Avx512),
            pulp::x86::V3::try_new().map(InstructionSet::Avx2),
        ];
        #[cfg(target_arch = "aarch64")]
        let sets = [Some(InstructionSet::Neon)];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let sets = [None; 0];
        sets.into_iter().flatten().collect()
    }

    /// Returns the widest set that this processor has.
    pub fn best() -> Self {
        Self::available()[0]
    }

    /// Runs a kernel as it was compiled for this instruction set.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            InstructionSet::Scalar => kernel.run_scalar(),
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon => kernel.run(),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(avx2) => avx2.vectorize(Compiled(kernel)),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(avx512) => avx512.vectorize(Compiled(kernel)),
        }
    }
}

impl fmt::Debug for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InstructionSet::Scalar => "Scalar",
            #[cfg(target_arch = "aarch64")]
            InstructionSet::Neon => "Neon",
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2(_) => "Avx2",
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512(_) => "Avx512",
        })
    }
}

/// Work that is compiled once for each instruction set.
///
/// A function that a kernel calls and that uses `mul_add` must be `#[inline(always)]`. If it isn't
/// inlined, and a closure needn't be, it's compiled for the baseline, where each `mul_add` is a
/// library call.
pub(crate) trait Kernel: Sized {
    type Output;

    /// Does the work in lanes.
    fn run(self) -> Self::Output;

    /// Does the work as the scalar stage does it.
    fn run_scalar(self) -> Self::Output;
}

#[cfg(target_arch = "x86_64")]
struct Compiled<K>(K);

#[cfg(target_arch = "x86_64")]
impl<K: Kernel> pulp::NullaryFnOnce for Compiled<K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.0.run()
    }
}
