//! How perturbed samples are drawn in interpretable space.
//!
//! A [`Sampler`] is the recipe ("Monte Carlo by the marginal laws"); with a space, a number of rows and a seed it becomes a
//! [`Design`], which can produce any of its rows at any time. Row `i` is a pure function of (seed, i): that is what makes
//! an explanation the same on any number of threads and with any model batch size.
//!
//! Whoever draws one row after the other needs only a closure and [`sampler_fn`].

use std::ops::Range;

use rand_chacha::ChaCha8Rng;

use crate::{BoxError, Draw, Real, Space, Stream};

/// A recipe for perturbed samples around an instance.
///
/// # A sampler of one's own
/// Leave-one-out: the instance, then each feature absent in turn.
///
/// ```
/// use std::ops::Range;
/// use lime_core::{BoxError, Design, Draw, Real, Sampler, Space};
///
/// struct LeaveOneOut;
///
/// struct LeaveOneOutDesign<'a, F: Real>(&'a Space<F>);
///
/// impl<F: Real> Sampler<F> for LeaveOneOut {
///     fn design<'a>(&'a self, space: &'a Space<F>, _: usize, _: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
///         Ok(Box::new(LeaveOneOutDesign(space)))
///     }
/// }
///
/// impl<F: Real> Design<F> for LeaveOneOutDesign<'_, F> {
///     fn rows(&self) -> usize {
///         self.0.features() + 1
///     }
///
///     fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
///         // What z' leaves random: here always the middle of the bin.
///         draw.noise.fill(F::of(0.5));
///         for (at, row) in rows.enumerate() {
///             for j in 0..self.0.features() {
///                 draw.z[(at, j)] = if row == j + 1 { F::zero() } else { self.0.origin()[j] };
///             }
///             if row == 0 {
///                 draw.instance.push(at);
///             }
///         }
///     }
/// }
///
/// let space = Space::<f64>::masks(3);
/// let design = LeaveOneOut.design(&space, 0, 0)?;
/// let mut draw = Draw::new(&space, 2);
/// design.fill(1..3, &mut draw);
/// assert_eq!(draw.z.row(1).iter().copied().collect::<Vec<_>>(), [1.0, 0.0, 1.0]);
/// # Ok::<(), BoxError>(())
/// ```
pub trait Sampler<F: Real>: Send + Sync {
    /// The design for `rows` samples (the budget) under a seed.
    ///
    /// # Errors
    /// Where the recipe cannot be had in this space: the error says why and what to do.
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError>;
}

/// The rows a [`Sampler`] has decided on, produced on demand.
pub trait Design<F: Real>: Send + Sync {
    /// How many rows there are: the budget asked for, or what the design needs (2^d for enumeration).
    fn rows(&self) -> usize;

    /// Writes the rows of `rows` into `draw`, which comes [`reset`](Draw::reset) to `rows.len()` samples.
    ///
    /// Every entry of `draw.z` has to be written, and of `draw.noise` unless it has no columns. A row must not depend on the
    /// range it is asked in. A row that is the instance itself is told to `draw.instance`.
    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>);

    /// Whether row `i` is the same for every number of rows asked for, so that a run may be continued with more of them. A
    /// design that spreads its rows over the budget (Latin hypercube, subsets without replacement) is not. Default: no.
    fn extensible(&self) -> bool {
        false
    }

    /// The group of rows that `row` belongs to: rows of one group are not independent (an antithetic pair), and whoever
    /// estimates errors keeps them together. Any numbers, equal within a group. Default: every row by itself.
    fn cluster(&self, row: usize) -> usize {
        row
    }

    /// Writes the groups of the rows of `rows`, in their order, to the end of `clusters`: those that [`cluster`](Self::cluster) says, which
    /// samplers made of samplers ask. Default: one after the other.
    fn clusters(&self, rows: Range<usize>, clusters: &mut Vec<usize>) {
        clusters.extend(rows.map(|row| self.cluster(row)));
    }
}

impl<F: Real, T: Sampler<F> + ?Sized> Sampler<F> for &T {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        (**self).design(space, rows, seed)
    }
}

impl<F: Real, T: Sampler<F> + ?Sized> Sampler<F> for Box<T> {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        (**self).design(space, rows, seed)
    }
}

impl<F: Real, T: Sampler<F> + ?Sized> Sampler<F> for std::sync::Arc<T> {
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        (**self).design(space, rows, seed)
    }
}

/// A sampler from a closure that draws one row: `draw(generator, space, z)`, with a generator of the row's own and `z` set
/// to the instance x' before the call. Row 0 is the instance itself, as in the original.
///
/// Where the space leaves something random ([`Space::noise`]), the uniforms for it are drawn behind the closure's back.
///
/// ```
/// use lime_core::{sampler_fn, Draw, Sampler, Space};
/// use rand::RngExt;
///
/// // Each part is dropped with probability 1/5.
/// let sampler = sampler_fn(|generator, _, z: &mut [f64]| {
///     for z in z {
///         *z = if generator.random_bool(0.8) { 1.0 } else { 0.0 };
///     }
/// });
/// let space = Space::masks(1000);
/// let mut draw = Draw::new(&space, 2);
/// sampler.design(&space, 2, 7)?.fill(0..2, &mut draw);
/// assert_eq!(draw.z.row(0).sum(), 1000.0);
/// assert!((draw.z.row(1).sum() - 800.0).abs() < 50.0);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn sampler_fn<F, D>(draw: D) -> SamplerFn<D>
where
    F: Real,
    D: Fn(&mut ChaCha8Rng, &Space<F>, &mut [F]) + Send + Sync,
{
    SamplerFn { draw }
}

/// What [`sampler_fn`] returns.
#[derive(Debug, Clone, Copy)]
pub struct SamplerFn<D> {
    draw: D,
}

struct RowDesign<'a, F: Real, D> {
    draw: &'a D,
    space: &'a Space<F>,
    rows: usize,
    stream: Stream,
}

impl<F, D> Sampler<F> for SamplerFn<D>
where
    F: Real,
    D: Fn(&mut ChaCha8Rng, &Space<F>, &mut [F]) + Send + Sync,
{
    fn design<'a>(&'a self, space: &'a Space<F>, rows: usize, seed: u64) -> Result<Box<dyn Design<F> + 'a>, BoxError> {
        Ok(Box::new(RowDesign { draw: &self.draw, space, rows, stream: Stream::new(seed) }))
    }
}

impl<F, D> Design<F> for RowDesign<'_, F, D>
where
    F: Real,
    D: Fn(&mut ChaCha8Rng, &Space<F>, &mut [F]) + Send + Sync,
{
    fn rows(&self) -> usize {
        self.rows
    }

    fn extensible(&self) -> bool {
        true
    }

    fn fill(&self, rows: Range<usize>, draw: &mut Draw<F>) {
        let mut z = self.space.origin().to_vec();
        for (at, row) in rows.clone().enumerate() {
            if row == 0 {
                draw.set_instance(at, self.space);
                continue;
            }
            z.copy_from_slice(self.space.origin());
            (self.draw)(&mut self.stream.row(row), self.space, &mut z);
            for (j, &value) in z.iter().enumerate() {
                draw.z[(at, j)] = value;
            }
        }
        if draw.noise.ncols() > 0 {
            self.stream.words(rows, 0..self.space.features(), |j, at, words| {
                for (at, &word) in at.zip(words) {
                    draw.noise[(at, j)] = F::unit(word);
                }
            });
        }
    }
}
