//! Numbers that become others one by one, compiled to vectors.

use lime_core::{Real, Vectorised, on_widest_vectors};

/// Puts what becomes of each number in its place.
pub(crate) fn each<F: Real>(numbers: &mut [F], becomes: impl Fn(F) -> F) {
    on_widest_vectors(Each { numbers, becomes });
}

/// What becomes of numbers.
struct Each<'a, F, P> {
    numbers: &'a mut [F],
    becomes: P,
}

impl<F: Real, P: Fn(F) -> F> Vectorised for Each<'_, F, P> {
    #[inline(always)]
    fn run(self) {
        let Self { numbers, becomes } = self;
        for number in numbers {
            *number = becomes(*number);
        }
    }
}
