//! Loops compiled for the processor at hand.
#![allow(unsafe_code)]

pub(crate) mod look_up;
pub(crate) mod panel;

/// Work whose loops gain from wider vectors than any processor has. [`on_widest_vectors`] compiles them anew for those that have them.
///
/// What is not inlined into `run` is not compiled anew: so it is `#[inline(always)]`, as is what it calls in its loops.
///
/// ```
/// use lime_core::{Vectorised, on_widest_vectors};
///
/// /// sum += weight z, row by row.
/// struct AddColumn<'a> {
///     sums: &'a mut [f64],
///     z: &'a [f64],
///     weight: f64,
/// }
///
/// impl Vectorised for AddColumn<'_> {
///     #[inline(always)]
///     fn run(self) {
///         for (sum, z) in self.sums.iter_mut().zip(self.z) {
///             *sum += self.weight * z;
///         }
///     }
/// }
///
/// let mut sums = [1.0, 2.0];
/// on_widest_vectors(AddColumn { sums: &mut sums, z: &[0.5, 1.0], weight: 2.0 });
/// assert_eq!(sums, [2.0, 4.0]);
/// ```
pub trait Vectorised {
    /// Does the work. To be `#[inline(always)]`, and all that it calls in its loops: what is not inlined is not compiled anew.
    fn run(self);
}

/// Does the work as it was compiled for AVX-512, for AVX2 or for any processor, whichever is the best that this one has: the same
/// operations in the same order, and none of them fused, so the same bits.
///
/// Samplers, kernels and representations call it for loops over whole tiles; a call costs a few nanoseconds.
pub fn on_widest_vectors(work: impl Vectorised) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        fn avx512(work: impl Vectorised) {
            work.run();
        }
        #[target_feature(enable = "avx2")]
        fn avx2(work: impl Vectorised) {
            work.run();
        }
        let has_avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if has_avx512 {
            // SAFETY: the processor has what the function is compiled for; its body is safe.
            return unsafe { avx512(work) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { avx2(work) };
        }
    }
    work.run();
}
