//! A column of whole numbers.

use std::sync::Arc;

use lime_core::{BoxError, Law, Real};

use crate::{Column, ColumnAt};

/// A column whose perturbed values are whole numbers: those of another column, rounded to the nearest that reads as the same
/// z' (so that a value of the instance's bin stays in it).
///
/// ```
/// use lime_tabular::{Binned, Column, Whole};
/// use std::sync::Arc;
///
/// let rooms = Whole::new(Arc::new(Binned::learn("rooms", &[1.0, 2.0, 3.0, 4.0, 5.0, 7.0], &[2.5])?));
/// let mut values = [0.0; 3];
/// rooms.at(4.0)?.restore(&[1.0, 1.0, 0.0], &[0.1, 0.8, 0.5], &mut values);
/// assert_eq!(values, [3.0, 6.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Whole<F: Real> {
    column: Arc<dyn Column<F>>,
}

impl<F: Real> Whole<F> {
    /// The whole numbers of a column.
    pub fn new(column: Arc<dyn Column<F>>) -> Self {
        Self { column }
    }

    /// The column that is rounded.
    pub fn column(&self) -> &Arc<dyn Column<F>> {
        &self.column
    }
}

impl<F: Real> Column<F> for Whole<F> {
    fn at(&self, x: F) -> Result<Box<dyn ColumnAt<F>>, BoxError> {
        let inner = self.column.at(x)?;
        let levels = matches!(inner.law(), Law::Levels { .. });
        Ok(Box::new(WholeAt { inner, levels }))
    }

    fn takes_missing(&self) -> bool {
        self.column.takes_missing()
    }

    #[cfg(feature = "serde")]
    fn saved(&self) -> Option<crate::Saved> {
        crate::Saved::new("whole", &self.column.saved()?)
    }

    fn typical(&self) -> Option<F> {
        self.column.typical().map(|value| value.round())
    }
}

#[derive(Debug)]
struct WholeAt<F: Real> {
    inner: Box<dyn ColumnAt<F>>,
    /// Whether z' says which level a value has.
    levels: bool,
}

impl<F: Real> WholeAt<F> {
    /// Replaces each rounded value that reads as another z' by its neighbour on the other side of the drawn one, where that
    /// reads right.
    #[cold]
    fn put_back(&self, z: &[F], drawn: &[F], values: &mut [F]) {
        for ((value, &z), &drawn) in values.iter_mut().zip(z).zip(drawn) {
            let other = if *value > drawn { drawn.floor() } else { drawn.ceil() };
            let mut read = [F::zero(); 2];
            if self.inner.interpret(&[*value, other], &mut read).is_ok() && read[0] != z && read[1] == z {
                *value = other;
            }
        }
    }
}

impl<F: Real> ColumnAt<F> for WholeAt<F> {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn law(&self) -> Law<F> {
        self.inner.law()
    }

    fn origin(&self) -> F {
        self.inner.origin()
    }

    /// A value that is not whole in a bin without whole numbers cannot be kept.
    fn is_unseen(&self) -> bool {
        if !self.inner.is_unseen() {
            return false;
        }
        let (mut kept, mut read) = ([F::zero()], [F::zero()]);
        self.restore(&[F::one()], &[F::of(0.5)], &mut kept);
        self.inner.interpret(&kept, &mut read).is_ok_and(|()| read[0] == F::one())
    }

    fn restore(&self, z: &[F], noise: &[F], values: &mut [F]) {
        self.inner.restore(z, noise, values);
        let drawn = values.to_vec();
        for value in values.iter_mut() {
            *value = value.round();
        }
        let mut read = vec![F::zero(); z.len()];
        if self.levels && self.inner.interpret(values, &mut read).is_ok() && read != z {
            self.put_back(z, &drawn, values);
        }
    }

    /// Between two whole numbers drawn values go to the nearer one, but all to the one that alone reads as z'.
    fn below(&self, z: F, t: f64) -> Option<[f64; 2]> {
        if t.is_infinite() {
            return self.inner.below(z, t);
        }
        let at_most = |k: f64| {
            let mut read = [F::zero(); 2];
            let levels = self.levels && self.inner.interpret(&[F::of(k), F::of(k + 1.0)], &mut read).is_ok();
            Some(match (levels && read[0] == z, levels && read[1] == z) {
                (true, false) => self.inner.below(z, k + 1.0)?[0],
                (false, true) => self.inner.below(z, k)?[1],
                // A half goes away from 0.
                _ => self.inner.below(z, k + 0.5)?[usize::from(k < 0.0)],
            })
        };
        let whole = t.floor();
        Some([at_most(if whole < t { whole } else { whole - 1.0 })?, at_most(whole)?])
    }

    fn takes_missing(&self) -> bool {
        self.inner.takes_missing()
    }

    fn is_missing(&self, value: F) -> bool {
        self.inner.is_missing(value)
    }

    fn interpret(&self, values: &[F], z: &mut [F]) -> Result<(), BoxError> {
        self.inner.interpret(values, z)
    }
}
