//! A column whose cells may be missing.

use std::sync::Arc;

use lime_core::{Basis, BoxError, Law, Real};

use crate::{Column, ColumnAt, Error};

/// A column some of whose cells are missing: a missing cell is a level of its own, with its training frequency.
///
/// | the instance's cell | feature | z' = 0 |
/// |---|---|---|
/// | a value in a bin, a category | that of the column itself | missing by its frequency, else another bin or category |
/// | a number ([`Gaussian`](crate::Gaussian)) | that of the column itself | (z' is a number: never missing, since a missing cell is nowhere on it) |
/// | missing | "name is missing" | a value drawn as training has them |
///
/// Where training has no missing cell and the instance has, half the samples keep it: [`ColumnAt::is_unseen`].
///
/// ```
/// use lime_tabular::{Binned, Column, Optional};
/// use std::sync::Arc;
///
/// // A quarter of the training rows has no weight.
/// let weight = Binned::learn("weight", &[20.0, 30.0, 40.0], &[35.0])?;
/// let weight = Optional::new("weight", Arc::new(weight), 0.25, f64::NAN)?;
/// assert_eq!(weight.at(f64::NAN)?.name(), "weight is missing");
/// assert_eq!(weight.at(40.0)?.name(), "weight > 35.00");
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Optional<F: Real> {
    name: String,
    column: Arc<dyn Column<F>>,
    share: f64,
    code: F,
}

impl<F: Real> Optional<F> {
    /// A column of which a `share` of training cells is missing, from 0 to 1; the model is given `code` for them, NaN or a
    /// number that stands for a missing cell (a sentinel), which rows may have too.
    ///
    /// # Errors
    /// [`Error::MissingShare`].
    pub fn new(name: impl Into<String>, column: Arc<dyn Column<F>>, share: f64, code: F) -> Result<Self, Error> {
        let name = name.into();
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::MissingShare { name, share });
        }
        Ok(Self { name, column, share, code })
    }

    /// The column of the cells that are not missing.
    pub fn column(&self) -> &Arc<dyn Column<F>> {
        &self.column
    }

    /// The share of missing cells in training.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// What stands for a missing cell.
    pub fn code(&self) -> F {
        self.code
    }
}

fn is_missing<F: Real>(code: F, value: F) -> bool {
    value.wide().is_nan() || value == code
}

impl<F: Real> Column<F> for Optional<F> {
    fn at(&self, x: F) -> Result<Box<dyn ColumnAt<F>>, BoxError> {
        let missing = is_missing(self.code, x);
        let typical = || self.column.typical().ok_or_else(|| Error::NoTypical { name: self.name.clone() });
        let inner = self.column.at(if missing { typical()? } else { x })?;
        let law = inner.law();
        if missing {
            let spare = Spare::new(self.code, typical()?, &law);
            return Ok(Box::new(MissingAt {
                name: self.name.clone(),
                inner,
                law,
                share: self.share,
                code: self.code,
                spare,
            }));
        }
        let spare = Spare::new(self.code, x, &law);
        let (law, absent) = match law {
            Law::Levels { own, frequency } => {
                // What is left of the present levels' own share, in case nothing but missing cells is beside it.
                let others: f64 = (1.0 - self.share) * (1.0 - frequency[own]) + self.share;
                let absent = if others > 0.0 { self.share / others } else { 0.0 };
                let mut frequency: Vec<f64> = frequency.iter().map(|share| share * (1.0 - self.share)).collect();
                frequency.push(self.share);
                (Law::Levels { own, frequency }, absent)
            }
            law => (law, 0.0),
        };
        Ok(Box::new(PresentAt { inner, law, absent, code: self.code, spare }))
    }

    fn takes_missing(&self) -> bool {
        true
    }

    #[cfg(feature = "serde")]
    fn saved(&self) -> Option<crate::Saved> {
        let code = Some(self.code.wide()).filter(|code| code.is_finite());
        let (name, share, column) = (self.name.clone(), self.share, self.column.saved()?);
        crate::Saved::new("optional", &crate::saved::OptionalDocument { name, share, code, column })
    }

    fn typical(&self) -> Option<F> {
        self.column.typical()
    }
}

/// Puts a share of a uniform back into the open unit interval.
fn stretch<F: Real>(u: F, from: f64, length: f64) -> F {
    F::of((u.wide() - from) / length).max(F::unit(0)).min(F::below_one())
}

/// What is drawn instead of the number that stands for a missing cell, where a law happens to draw it (whole numbers do): the
/// number beside it that reads as the same z'.
#[derive(Debug)]
struct Spare<F> {
    code: F,
    /// The neighbours, the one towards the values first.
    instead: [F; 2],
    /// Whether z' says which level a value has.
    levels: bool,
}

impl<F: Real> Spare<F> {
    fn new(code: F, towards: F, law: &Law<F>) -> Self {
        let (above, below) = (code + F::one(), code - F::one());
        let instead = if towards > code { [above, below] } else { [below, above] };
        Self { code, instead, levels: matches!(law, Law::Levels { .. }) }
    }

    /// [P(x < t), P(x <= t)] of what the inner column draws; none where it draws the code itself.
    fn below(&self, inner: &dyn ColumnAt<F>, z: F, t: f64) -> Option<[f64; 2]> {
        if self.code.is_finite() {
            let [less, at_most] = inner.below(z, self.code.wide())?;
            if less < at_most {
                return None;
            }
        }
        inner.below(z, t)
    }

    /// The same of the code, which where it is NaN is below nothing.
    fn code_below(&self, t: f64) -> [f64; 2] {
        [self.code.wide() < t, self.code.wide() <= t].map(|below| f64::from(u8::from(below)))
    }

    fn put(&self, inner: &dyn ColumnAt<F>, z: &[F], values: &mut [F]) {
        for (value, &z) in values.iter_mut().zip(z).filter(|(value, _)| **value == self.code) {
            let fits = |other: &F| {
                let mut read = [F::zero()];
                !self.levels || inner.interpret(&[*other], &mut read).is_ok() && read[0] == z
            };
            *value = self.instead.into_iter().find(fits).unwrap_or(*value);
        }
    }
}

/// Around a value: at z' = 0 the cell is missing where the noise is below `absent`.
#[derive(Debug)]
struct PresentAt<F: Real> {
    inner: Box<dyn ColumnAt<F>>,
    law: Law<F>,
    absent: f64,
    code: F,
    spare: Spare<F>,
}

impl<F: Real> ColumnAt<F> for PresentAt<F> {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn law(&self) -> Law<F> {
        self.law.clone()
    }

    fn origin(&self) -> F {
        self.inner.origin()
    }

    fn restore(&self, z: &[F], noise: &[F], values: &mut [F]) {
        if self.absent == 0.0 {
            self.inner.restore(z, noise, values);
            return self.spare.put(&*self.inner, z, values);
        }
        let half = F::of(0.5);
        let rest = |(&z, &u): (&F, &F)| if z > half { u } else { stretch(u, self.absent, 1.0 - self.absent) };
        let left: Vec<F> = z.iter().zip(noise).map(rest).collect();
        self.inner.restore(z, &left, values);
        self.spare.put(&*self.inner, z, values);
        for ((value, &z), u) in values.iter_mut().zip(z).zip(noise) {
            if z <= half && u.wide() < self.absent {
                *value = self.code;
            }
        }
    }

    fn basis(&self) -> Option<Arc<dyn Basis<F>>> {
        // A number that stands for a missing cell may be drawn, and is then another.
        if self.code.wide().is_nan() { PresentBasis::of(self.absent, self.inner.basis()) } else { None }
    }

    fn mean(&self, z: F) -> Option<f64> {
        // A missing cell has no value to be part of a mean.
        if self.absent == 0.0 || z > F::of(0.5) { self.inner.mean(z) } else { None }
    }

    fn shares(&self, z: F) -> Option<Vec<(F, f64)>> {
        let mut shares = self.inner.shares(z)?;
        if self.absent > 0.0 && z <= F::of(0.5) {
            shares.iter_mut().for_each(|(_, share)| *share *= 1.0 - self.absent);
            shares.push((self.code, self.absent));
        }
        Some(shares)
    }

    fn below(&self, z: F, t: f64) -> Option<[f64; 2]> {
        let present = self.spare.below(&*self.inner, z, t)?;
        if self.absent == 0.0 || z > F::of(0.5) {
            return Some(present);
        }
        let missing = self.spare.code_below(t);
        Some([0, 1].map(|i| (1.0 - self.absent) * present[i] + self.absent * missing[i]))
    }

    fn is_unseen(&self) -> bool {
        self.inner.is_unseen()
    }

    fn takes_missing(&self) -> bool {
        matches!(self.law, Law::Levels { .. })
    }

    fn is_missing(&self, value: F) -> bool {
        is_missing(self.code, value)
    }

    fn interpret(&self, values: &[F], z: &mut [F]) -> Result<(), BoxError> {
        // The inner column is asked about values only.
        let present: Vec<F> = values.iter().copied().filter(|v| !is_missing(self.code, *v)).collect();
        let mut read = vec![F::zero(); present.len()];
        self.inner.interpret(&present, &mut read)?;
        let mut read = read.into_iter();
        for (z, value) in z.iter_mut().zip(values) {
            let missing = is_missing(self.code, *value);
            *z = if missing { F::zero() } else { read.next().unwrap_or_else(F::zero) };
        }
        Ok(())
    }
}

/// Whether the cell is missing, and the columns of the values where it is not.
struct PresentBasis<F: Real> {
    absent: f64,
    inner: Option<Arc<dyn Basis<F>>>,
}

impl<F: Real> PresentBasis<F> {
    fn of(absent: f64, inner: Option<Arc<dyn Basis<F>>>) -> Option<Arc<dyn Basis<F>>> {
        if absent == 0.0 {
            return inner;
        }
        // Where nothing but missing cells is beside the own level, z' tells which are.
        (absent < 1.0).then(|| Arc::new(Self { absent, inner }) as Arc<dyn Basis<F>>)
    }

    fn is_missing(&self, z: F, u: F) -> bool {
        z <= F::of(0.5) && u.wide() < self.absent
    }

    /// The noise that is left for what is not missing.
    fn rest(&self, z: &[F], noise: &[F]) -> Vec<F> {
        let rest = |(&z, &u): (&F, &F)| if z > F::of(0.5) { u } else { stretch(u, self.absent, 1.0 - self.absent) };
        z.iter().zip(noise).map(rest).collect()
    }

    /// 0 where the cell is missing.
    fn blank(&self, z: &[F], noise: &[F], values: &mut [f64]) {
        for ((value, &z), &u) in values.iter_mut().zip(z).zip(noise) {
            if self.is_missing(z, u) {
                *value = 0.0;
            }
        }
    }
}

impl<F: Real> Basis<F> for PresentBasis<F> {
    fn columns(&self) -> usize {
        1 + self.inner.as_ref().map_or(0, |inner| inner.columns())
    }

    fn fill(&self, column: usize, z: &[F], noise: &[F], values: &mut [f64]) {
        let (Some(inner), Some(column)) = (&self.inner, column.checked_sub(1)) else {
            for ((value, &z), &u) in values.iter_mut().zip(z).zip(noise) {
                *value = f64::from(u8::from(self.is_missing(z, u)));
            }
            return;
        };
        inner.fill(column, z, &self.rest(z, noise), values);
        self.blank(z, noise, values);
    }

    fn mean(&self, column: usize, z: F) -> f64 {
        let (absent, own) = (self.absent, z > F::of(0.5));
        match (&self.inner, column.checked_sub(1)) {
            (Some(inner), Some(column)) => inner.mean(column, z) * if own { 1.0 } else { 1.0 - absent },
            _ => {
                if own {
                    0.0
                } else {
                    absent
                }
            }
        }
    }

    /// That of the values, and 0 where the cell is missing.
    fn coordinate(&self, z: &[F], noise: &[F], values: &mut [f64]) -> bool {
        let Some(inner) = &self.inner else { return false };
        let found = inner.coordinate(z, &self.rest(z, noise), values);
        self.blank(z, noise, values);
        found
    }
}

/// Around a missing cell: z' = 0 stands for any value, drawn by the column's own law around its typical one.
#[derive(Debug)]
struct MissingAt<F: Real> {
    name: String,
    inner: Box<dyn ColumnAt<F>>,
    law: Law<F>,
    share: f64,
    code: F,
    spare: Spare<F>,
}

impl<F: Real> ColumnAt<F> for MissingAt<F> {
    fn name(&self) -> String {
        format!("{} is missing", self.name)
    }

    fn law(&self) -> Law<F> {
        Law::Levels { own: 1, frequency: vec![1.0 - self.share, self.share] }
    }

    fn origin(&self) -> F {
        F::one()
    }

    fn restore(&self, z: &[F], noise: &[F], values: &mut [F]) {
        let (mut level, mut left) = (vec![F::zero(); z.len()], vec![F::zero(); z.len()]);
        self.law.invert(noise, &mut level, &mut left);
        self.inner.restore(&level, &left, values);
        self.spare.put(&*self.inner, &level, values);
        for (value, &z) in values.iter_mut().zip(z) {
            if z > F::of(0.5) {
                *value = self.code;
            }
        }
    }

    fn shares(&self, z: F) -> Option<Vec<(F, f64)>> {
        if z > F::of(0.5) {
            return Some(vec![(self.code, 1.0)]);
        }
        let Law::Levels { own, frequency } = &self.law else { return None };
        let kept = frequency[*own];
        let mut all = Vec::new();
        for (z, share) in [(F::one(), kept), (F::zero(), 1.0 - kept)].into_iter().filter(|(_, share)| *share > 0.0) {
            all.extend(self.inner.shares(z)?.into_iter().map(|(value, part)| (value, share * part)));
        }
        // What would be drawn as the code is drawn as another number.
        (!all.iter().any(|(value, _)| *value == self.code)).then_some(all)
    }

    fn below(&self, z: F, t: f64) -> Option<[f64; 2]> {
        if z > F::of(0.5) {
            return Some(self.spare.code_below(t));
        }
        let Law::Levels { own, frequency } = &self.law else { return None };
        let kept = frequency[*own];
        let mut below = [0.0; 2];
        for (z, share) in [(F::one(), kept), (F::zero(), 1.0 - kept)].into_iter().filter(|(_, share)| *share > 0.0) {
            let part = self.spare.below(&*self.inner, z, t)?;
            below.iter_mut().zip(part).for_each(|(sum, part)| *sum += share * part);
        }
        Some(below)
    }

    fn is_unseen(&self) -> bool {
        self.share == 0.0
    }

    fn takes_missing(&self) -> bool {
        true
    }

    fn is_missing(&self, value: F) -> bool {
        is_missing(self.code, value)
    }

    fn interpret(&self, values: &[F], z: &mut [F]) -> Result<(), BoxError> {
        for (z, value) in z.iter_mut().zip(values) {
            *z = if is_missing(self.code, *value) { F::one() } else { F::zero() };
        }
        Ok(())
    }
}
