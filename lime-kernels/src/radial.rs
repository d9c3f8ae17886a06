//! Kernels that depend on a distance.

use lime_core::{Block, BoxError, First, Kernel, Origin, Real, Similarity};

use crate::each::each;
use crate::error::check_width;
use crate::{Distance, Error, Euclidean, Exponential, Fixed, Interpretable, RootDimension, Seen, Width};

/// The shape of a kernel: the weight at a distance given in widths.
///
/// ```
/// use lime_core::Real;
/// use lime_kernels::Profile;
///
/// /// Falls linearly to zero at twice the width.
/// struct Triangle;
///
/// impl<F: Real> Profile<F> for Triangle {
///     fn weight(&self, ratio: F) -> F {
///         (F::one() - ratio * F::of(0.5)).max(F::zero())
///     }
/// }
/// assert_eq!(Triangle.weight(1.0), 0.5);
/// ```
pub trait Profile<F: Real>: Send + Sync {
    /// The weight at `ratio` = distance / width, >= 0: finite, >= 0.
    fn weight(&self, ratio: F) -> F;

    /// Puts the weight at each ratio in its place. NaN stays where it is: what has no distance has no weight, whatever a profile that is 0
    /// beyond its width makes of it, and an impl of one's own leaves it there, too. Default: [`weight`](Self::weight) of each.
    fn weights(&self, ratios: &mut [F]) {
        for ratio in ratios {
            if !ratio.wide().is_nan() {
                *ratio = self.weight(*ratio);
            }
        }
    }
}

macro_rules! forward_profile {
    ($($pointer:ty),*) => {$(
        impl<F: Real, T: Profile<F> + ?Sized> Profile<F> for $pointer {
            fn weight(&self, ratio: F) -> F {
                (**self).weight(ratio)
            }

            fn weights(&self, ratios: &mut [F]) {
                (**self).weights(ratios);
            }
        }
    )*};
}

forward_profile!(&T, Box<T>, std::sync::Arc<T>);

/// A profile from a closure of distance / width.
///
/// ```
/// use lime_kernels::{Euclidean, Fixed, Interpretable, Radial, profile_fn};
/// let kernel = Radial::new(Interpretable(Euclidean), profile_fn(|r: f64| 1.0 / (1.0 + r * r)), Fixed::new(2.0)?);
/// # Ok::<(), lime_kernels::Error>(())
/// ```
pub fn profile_fn<F: Real, P: Fn(F) -> F + Send + Sync>(profile: P) -> ProfileFn<P> {
    ProfileFn(profile)
}

/// What [`profile_fn`] returns.
#[derive(Debug, Clone, Copy)]
pub struct ProfileFn<P>(P);

impl<F: Real, P: Fn(F) -> F + Send + Sync> Profile<F> for ProfileFn<P> {
    fn weight(&self, ratio: F) -> F {
        (self.0)(ratio)
    }
}

/// A kernel of a distance: pi_x(z) = profile(distance(x, z) / width).
///
/// The default is the original's for tables: exponential on the Euclidean distance in interpretable space, of width
/// 0.75 sqrt(d').
///
/// ```
/// use lime_core::{Block, Draw, First, Kernel, Origin, Space};
/// use lime_kernels::{Cosine, Exponential, Fixed, Interpretable, Radial};
///
/// // One of four parts is kept: distance 1 - sqrt(1/4) = 1/2, which is the width.
/// let kernel = Radial::new(Interpretable(Cosine), Exponential, Fixed::new(0.5)?);
/// let space = Space::<f64>::masks(4);
/// let mut draw = Draw::new(&space, 1);
/// draw.z[(0, 2)] = 1.0;
/// let block = Block::new(&draw, &(), 0);
/// let mut weights = [0.0];
/// kernel.at(Origin::new(space.origin(), &()), First::new(block))?.weigh(block, &mut weights)?;
/// assert!((weights[0] - (-0.5f64).exp()).abs() < 1e-12);
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Radial<D = Interpretable<Euclidean>, P = Exponential, W = RootDimension> {
    distance: D,
    profile: P,
    width: W,
}

impl<D, P, W> Radial<D, P, W> {
    /// A kernel of these parts.
    pub fn new(distance: D, profile: P, width: W) -> Self {
        Self { distance, profile, width }
    }

    /// The profile and the width rule.
    pub(crate) fn shape(&self) -> (&P, &W) {
        (&self.profile, &self.width)
    }
}

impl Default for Radial<Interpretable<Euclidean>, Exponential, RootDimension> {
    fn default() -> Self {
        Self::new(Interpretable(Euclidean), Exponential, RootDimension::default())
    }
}

impl Radial<Interpretable<Euclidean>, Exponential, Fixed> {
    /// The exponential kernel on the Euclidean distance in interpretable space, of a given width (finite and above 0).
    ///
    /// # Errors
    /// [`Error::Width`] for other values.
    pub fn exponential(width: f64) -> Result<Self, Error> {
        Ok(Self::new(Interpretable(Euclidean), Exponential, Fixed::new(width)?))
    }
}

struct RadialSimilarity<'a, F: Real, B, D, P> {
    distance: &'a D,
    profile: &'a P,
    width: F,
    origin: Origin<'a, F, B>,
}

impl<F, B, D, P, W> Kernel<F, B> for Radial<D, P, W>
where
    F: Real,
    B: Sync,
    D: Distance<F, B>,
    P: Profile<F>,
    W: Width<F>,
{
    fn at<'a>(
        &'a self,
        origin: Origin<'a, F, B>,
        first: First<'_, F, B>,
    ) -> Result<Box<dyn Similarity<F, B> + 'a>, BoxError> {
        let measure = |block: Block<'_, F, B>| -> Result<Vec<F>, BoxError> {
            let mut distances = vec![F::zero(); block.rows()];
            self.distance.distances(origin, block, &mut distances)?;
            Ok(distances)
        };
        // A distance that does not fit the data says so here, before the model is asked.
        measure(first.start().first(1))?;
        let tile = || {
            let mut distances = Vec::with_capacity(first.rows());
            first.visit(|block| {
                distances.extend(measure(block)?);
                Ok(())
            })?;
            Ok(distances)
        };
        let width = self.width.width(&Seen::new(origin.z.len(), &self.profile, tile))?;
        check_width(width.wide())?;
        Ok(Box::new(RadialSimilarity { distance: &self.distance, profile: &self.profile, width, origin }))
    }
}

impl<F, B, D, P> Similarity<F, B> for RadialSimilarity<'_, F, B, D, P>
where
    F: Real,
    B: Sync,
    D: Distance<F, B>,
    P: Profile<F>,
{
    fn weigh(&self, block: Block<'_, F, B>, weights: &mut [F]) -> Result<(), BoxError> {
        self.distance.distances(self.origin, block, weights)?;
        let width = self.width;
        each(weights, |distance| distance / width);
        self.profile.weights(weights);
        Ok(())
    }
}
