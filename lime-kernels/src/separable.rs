//! Kernels that are products over features.

use lime_core::{BoxError, Real};

use crate::error::check_width;
use crate::{
    Error, Euclidean, Exponential, Hamming, Interpretable, Laplace, Manhattan, Profile, Radial, Seen, SquaredEuclidean,
    Uniform, Unweighted, Width,
};

/// A kernel that weighs a sample of levels (bins, categories, masks) by a product over its features: 1 for each that has the
/// instance's level, and one factor e for each that has not. Features that are independent stay so under its weights, which
/// is what closed forms rest on: z'_j is 1 with probability q = w / (w + (1 - w) e) for a level of frequency w.
///
/// | kernel in interpretable space | e, for the width v |
/// |---|---|
/// | [`Exponential`] on the [`Euclidean`] distance, the original's for tables | exp(-1 / (2 v^2)) |
/// | [`Laplace`] on the [`Manhattan`] or the [`SquaredEuclidean`] distance | exp(-1 / v) |
/// | [`Laplace`] on the [`Hamming`] distance | exp(-1 / (d' v)) |
/// | [`Unweighted`], and [`Uniform`] on any distance | 1 |
///
/// A kernel of one's own that is such a product takes one method.
///
/// ```
/// use lime_core::BoxError;
/// use lime_kernels::{Radial, Separable};
///
/// // sqrt(4) * 0.75 is the width: 1.5.
/// let factor = Separable::<f64>::factor(&Radial::default(), 4)?;
/// assert_eq!(factor, (-1.0f64 / 4.5).exp());
///
/// /// Half the weight for each feature that changed.
/// struct Halving;
///
/// impl Separable<f64> for Halving {
///     fn factor(&self, _: usize) -> Result<f64, BoxError> {
///         Ok(0.5)
///     }
/// }
/// # Ok::<(), BoxError>(())
/// ```
pub trait Separable<F: Real> {
    /// The factor e for a feature that has not the instance's level, from 0 to 1, of an instance with so many features.
    ///
    /// # Errors
    /// Where there is none: a width rule fails, or needs samples ([`Error::NoSamples`]).
    fn factor(&self, features: usize) -> Result<f64, BoxError>;
}

macro_rules! forward_separable {
    ($($pointer:ty),*) => {$(
        impl<F: Real, T: Separable<F> + ?Sized> Separable<F> for $pointer {
            fn factor(&self, features: usize) -> Result<f64, BoxError> {
                (**self).factor(features)
            }
        }
    )*};
}

forward_separable!(&T, Box<T>, std::sync::Arc<T>);

impl<F: Real> Separable<F> for Unweighted {
    fn factor(&self, _: usize) -> Result<f64, BoxError> {
        Ok(1.0)
    }
}

impl<F: Real, M, W> Separable<F> for Radial<Interpretable<M>, Uniform, W> {
    fn factor(&self, _: usize) -> Result<f64, BoxError> {
        Ok(1.0)
    }
}

macro_rules! separable {
    ($($metric:ty, $profile:ty, $exponent:expr;)*) => {$(
        impl<F: Real, W: Width<F>> Separable<F> for Radial<Interpretable<$metric>, $profile, W> {
            fn factor(&self, features: usize) -> Result<f64, BoxError> {
                let (profile, rule) = self.shape();
                let exponent: fn(f64, f64) -> f64 = $exponent;
                Ok((-exponent(width(profile, rule, features)?, features.max(1) as f64)).exp())
            }
        }
    )*};
}

separable! {
    Euclidean, Exponential, |width, _| 0.5 / width / width;
    SquaredEuclidean, Laplace, |width, _| 1.0 / width;
    Manhattan, Laplace, |width, _| 1.0 / width;
    Hamming, Laplace, |width, features| 1.0 / width / features;
}

/// The width by a rule that looks at no samples.
fn width<F: Real>(profile: &dyn Profile<F>, rule: &impl Width<F>, features: usize) -> Result<f64, BoxError> {
    let width = rule.width(&Seen::new(features, profile, || Err(Error::NoSamples.into())))?;
    Ok(check_width(width.wide())?)
}

#[cfg(test)]
mod tests {
    use lime_core::{Block, Draw, First, Kernel, Origin, Space};

    use super::*;
    use crate::{Fixed, MedianDistance, RootDimension};

    /// The weights of samples with 0 to 5 changed features are powers of the factor.
    fn powers(kernel: &(impl Separable<f64> + Kernel<f64, ()>)) {
        let space = Space::<f64>::masks(5);
        let mut draw = Draw::new(&space, 6);
        for changed in 0..6 {
            (changed..5).for_each(|j| draw.z[(changed, j)] = 1.0);
        }
        let block = Block::new(&draw, &(), 0);
        let mut weights = [f64::NAN; 6];
        let similarity = kernel.at(Origin::new(space.origin(), &()), First::new(block)).unwrap();
        similarity.weigh(block, &mut weights).unwrap();
        let factor = kernel.factor(5).unwrap();
        for (changed, weight) in weights.iter().enumerate() {
            let expected = factor.powi(i32::try_from(changed).unwrap());
            assert!((weight - expected).abs() <= 1e-14, "{changed}: {weight} for {expected}");
        }
    }

    #[test]
    fn weights_are_products() {
        let width = Fixed::new(0.7).unwrap();
        powers(&Radial::default());
        powers(&Radial::exponential(0.3).unwrap());
        powers(&Radial::new(Interpretable(SquaredEuclidean), Laplace, width));
        powers(&Radial::new(Interpretable(Manhattan), Laplace, RootDimension::default()));
        powers(&Radial::new(Interpretable(Hamming), Laplace, width));
        powers(&Radial::new(Interpretable(Euclidean), Uniform, width));
        powers(&Unweighted);
    }

    #[test]
    fn widths_from_samples_are_refused() {
        let kernel = Radial::new(Interpretable(Euclidean), Exponential, MedianDistance::default());
        let error = Separable::<f64>::factor(&kernel, 3).unwrap_err().to_string();
        assert!(error.contains("take a fixed width"), "{error}");
    }
}
