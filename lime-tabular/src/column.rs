//! How a column of a table varies.

use std::fmt::Debug;
use std::sync::Arc;

use lime_core::{Basis, BoxError, Law, Real};

use crate::Error;

/// What training data tell about a column: how it varies around any value of it.
///
/// # A column of one's own
/// A share that is perturbed to any other share, all equally likely.
///
/// ```
/// use lime_core::{BoxError, Law, Quantile};
/// use lime_tabular::{Column, ColumnAt};
///
/// #[derive(Debug)]
/// struct Share;
///
/// struct Identity;
///
/// impl Quantile<f64> for Identity {
///     fn quantile(&self, u: f64) -> f64 {
///         u
///     }
/// }
///
/// #[derive(Debug)]
/// struct ShareAt(f64);
///
/// impl Column<f64> for Share {
///     fn at(&self, x: f64) -> Result<Box<dyn ColumnAt<f64>>, BoxError> {
///         if (0.0..=1.0).contains(&x) { Ok(Box::new(ShareAt(x))) } else { Err(format!("{x} is no share").into()) }
///     }
/// }
///
/// impl ColumnAt<f64> for ShareAt {
///     fn name(&self) -> String {
///         "share".into()
///     }
///
///     fn law(&self) -> Law<f64> {
///         Law::Continuous(std::sync::Arc::new(Identity))
///     }
///
///     fn origin(&self) -> f64 {
///         self.0
///     }
///
///     fn restore(&self, z: &[f64], _: &[f64], values: &mut [f64]) {
///         values.copy_from_slice(z);
///     }
///
///     // The way back, for sources of training rows. May be left out where none is used.
///     fn interpret(&self, values: &[f64], z: &mut [f64]) -> Result<(), BoxError> {
///         z.copy_from_slice(values);
///         Ok(())
///     }
/// }
/// assert!(Share.at(2.0).is_err());
/// ```
pub trait Column<F: Real>: Send + Sync + Debug {
    /// The column around a value of it, which is finite (or NaN, where missing cells are taken).
    ///
    /// # Errors
    /// Where the column has no such value.
    fn at(&self, x: F) -> Result<Box<dyn ColumnAt<F>>, BoxError>;

    /// Whether a cell may be missing: NaN. Default: no, and rows where it is are refused.
    fn takes_missing(&self) -> bool {
        false
    }

    /// The column as data, for [`Tabular::to_json`](crate::Tabular::to_json). Default: none.
    #[cfg(feature = "serde")]
    fn saved(&self) -> Option<crate::Saved> {
        None
    }

    /// The value that stands for the column's absence, where the training data tell one: the mean of numbers, the most
    /// frequent category. Used by [`Tabular::baseline`](crate::Tabular::baseline). Default: none.
    fn typical(&self) -> Option<F> {
        None
    }
}

/// A [`Column`] around the instance's value: an interpretable feature.
pub trait ColumnAt<F: Real>: Send + Sync + Debug {
    /// The feature's name, value included where it stands for one ("1.60 < petal width (cm) <= 5.10", "sex=male").
    fn name(&self) -> String;

    /// The law of z'.
    fn law(&self) -> Law<F>;

    /// The instance's z'.
    fn origin(&self) -> F;

    /// Writes the column's value for each z', given a uniform in (0, 1) each for what z' leaves open. All have one length.
    fn restore(&self, z: &[F], noise: &[F], values: &mut [F]);

    /// Whether the instance's level is one that training does not have, with the frequency 0 in the law. It is kept in half the
    /// samples then: z' of a level that never occurs would be 0 in every sample, and tell nothing. (In the limit of many samples
    /// a level's own coefficient does not depend on its frequency.) Default: no.
    fn is_unseen(&self) -> bool {
        false
    }

    /// Whether z' of a missing cell (NaN) can be read. Default: no.
    fn takes_missing(&self) -> bool {
        false
    }

    /// Whether a value stands for a missing cell. Default: where it is NaN.
    fn is_missing(&self, value: F) -> bool {
        value.wide().is_nan()
    }

    /// Writes z' of each value of the column, all of them finite (or NaN, where missing cells are taken): what [`restore`](Self::restore) makes of a z' reads as that
    /// z' (within rounding for numbers), and the instance's own value as [`origin`](Self::origin). Both slices have one
    /// length. Needed where samples are drawn in the model's input space.
    ///
    /// # Errors
    /// Where a value has no z'. Default: [`Error::Unreadable`], always.
    fn interpret(&self, values: &[F], z: &mut [F]) -> Result<(), BoxError> {
        let _ = (values, z);
        Err(Error::Unreadable.into())
    }

    /// E[x | z'], the expected value of what [`restore`](Self::restore) writes for a z': exact, or none at all. Default: none.
    fn mean(&self, z: F) -> Option<f64> {
        let _ = z;
        None
    }

    /// What [`restore`](Self::restore) decides beside z', as columns of a richer regression with known means given z': which other
    /// level, where in it. Where x is in the span of z' and these columns, `lime_surrogates::RichBasis` is exact for linear models.
    /// Default: none.
    fn basis(&self) -> Option<Arc<dyn Basis<F>>> {
        None
    }

    /// The values that [`restore`](Self::restore) writes for a z', with their probabilities, where they are finitely many.
    /// Default: none.
    fn shares(&self, z: F) -> Option<Vec<(F, f64)>> {
        let _ = z;
        None
    }

    /// [P(x < t | z'), P(x <= t | z')] for what [`restore`](Self::restore) writes for a z', `t` any number, infinite ones
    /// included: exact, or none at all. A missing cell (NaN) is below nothing, so that at infinity this is the share of cells that
    /// are there. What the exact coefficients of tree ensembles are made of. Default: from [`shares`](Self::shares), where
    /// they are known.
    fn below(&self, z: F, t: f64) -> Option<[f64; 2]> {
        let mut below = [0.0; 2];
        for (value, share) in self.shares(z)? {
            below[0] += if value.wide() < t { share } else { 0.0 };
            below[1] += if value.wide() <= t { share } else { 0.0 };
        }
        Some(below)
    }
}
