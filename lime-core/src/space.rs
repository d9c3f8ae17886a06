//! The interpretable space around one instance.

use std::fmt;
use std::sync::Arc;

use crate::{Error, Real, Vectorised, on_widest_vectors};

/// The inverse distribution function of a continuous coordinate.
///
/// ```
/// use lime_core::Quantile;
///
/// /// Uniform between two bounds.
/// struct Uniform(f64, f64);
///
/// impl Quantile<f64> for Uniform {
///     fn quantile(&self, u: f64) -> f64 {
///         self.0 + u * (self.1 - self.0)
///     }
/// }
/// assert_eq!(Uniform(2.0, 4.0).quantile(0.25), 2.5);
/// ```
pub trait Quantile<F: Real>: Send + Sync {
    /// The value below which a share `u` of the law lies; `u` is in the open interval (0, 1).
    fn quantile(&self, u: F) -> F;

    /// The same for a column at once. Both slices have the same length.
    fn fill(&self, u: &[F], values: &mut [F]) {
        for (value, &u) in values.iter_mut().zip(u) {
            *value = self.quantile(u);
        }
    }
}

/// The law of one coordinate z'_j of the interpretable space under the reference perturbation.
#[derive(Clone)]
#[non_exhaustive]
pub enum Law<F: Real> {
    /// A coordinate with levels (bins, categories; absent and present): z'_j is 1 where the sample has the instance's own
    /// level and 0 otherwise. All frequencies are kept: samplers need the own one, representations the rest.
    Levels {
        /// The instance's level.
        own: usize,
        /// The frequency of each level under the reference perturbation: each in 0..=1, summing to 1.
        frequency: Vec<f64>,
    },
    /// A coordinate that is a number, by its inverse distribution function.
    Continuous(Arc<dyn Quantile<F>>),
}

impl<F: Real> Law<F> {
    /// A part that is present or absent with probability 1/2 each: a super-pixel, a word.
    pub fn mask() -> Self {
        Law::Levels { own: 1, frequency: vec![0.5, 0.5] }
    }

    /// Turns uniforms of a column into coordinates by the inverse distribution function.
    ///
    /// For levels, z' is 1 where `u` is below the own frequency, and what remains of `u`, stretched to (0, 1) again, goes
    /// to `noise`: it is uniform and independent of z', and drives what z' does not determine (which other level, where in
    /// the bin). So one uniform a coordinate decides everything, as low-discrepancy designs need. A continuous law leaves
    /// nothing over, so `noise` is 1/2 there. It may be empty where it is not wanted.
    pub fn invert(&self, u: &[F], z: &mut [F], noise: &mut [F]) {
        match self {
            Law::Levels { own, frequency } => {
                on_widest_vectors(Inversion { share: F::of(frequency[*own]), u, z, noise });
            }
            Law::Continuous(law) => {
                law.fill(u, z);
                noise.fill(F::of(0.5));
            }
        }
    }
}

/// Makes z' and the noise of the uniforms of levels.
struct Inversion<'a, F> {
    /// The own frequency.
    share: F,
    u: &'a [F],
    z: &'a mut [F],
    noise: &'a mut [F],
}

impl<F: Real> Vectorised for Inversion<'_, F> {
    #[inline(always)]
    fn run(self) {
        let Self { share, u, z, noise } = self;
        for (z, &u) in z.iter_mut().zip(u) {
            *z = if u < share { F::one() } else { F::zero() };
        }
        let rest = F::one() - share;
        let (inside, outside) = (F::one() / share, F::one() / rest);
        let (first, last) = (F::unit(0), F::below_one());
        for (noise, &u) in noise.iter_mut().zip(u) {
            let stretched = if u < share { u * inside } else { (u - share) * outside };
            let stretched = if stretched < last { stretched } else { last };
            *noise = if stretched > first { stretched } else { first };
        }
    }
}

impl<F: Real> fmt::Debug for Law<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Law::Levels { own, frequency } => {
                f.debug_struct("Levels").field("own", own).field("frequency", frequency).finish()
            }
            Law::Continuous(_) => f.write_str("Continuous(..)"),
        }
    }
}

/// What an interpretable feature hides, as columns of a richer regression: which other level a sample has, where in its bin it is.
///
/// Each column is a function of z'_j and of what the noise decides, with a known mean given z'_j. A regression on such columns explains
/// more of the model than z' alone can, and is brought back to z' in closed form: given z', the columns of different features are
/// independent.
///
/// ```
/// use lime_core::Basis;
///
/// /// A bin around 5 of width 2 or not in it, at 0: one column for the place in the bin.
/// struct Place;
///
/// impl Basis<f64> for Place {
///     fn columns(&self) -> usize {
///         1
///     }
///
///     fn fill(&self, _: usize, z: &[f64], noise: &[f64], values: &mut [f64]) {
///         for ((value, z), u) in values.iter_mut().zip(z).zip(noise) {
///             *value = if *z == 1.0 { 2.0 * (u - 0.5) } else { 0.0 };
///         }
///     }
///
///     fn mean(&self, _: usize, _: f64) -> f64 {
///         0.0
///     }
/// }
/// let mut values = [0.0; 2];
/// Place.fill(0, &[1.0, 0.0], &[0.75, 0.75], &mut values);
/// assert_eq!(values, [0.5, 0.0]);
/// ```
pub trait Basis<F: Real>: Send + Sync {
    /// How many columns there are beside z'_j itself.
    fn columns(&self) -> usize;

    /// Writes a column for samples with these z'_j and noise. All slices have one length; `column` is below [`columns`](Self::columns).
    fn fill(&self, column: usize, z: &[F], noise: &[F], values: &mut [f64]);

    /// E[column | z'_j], exactly.
    fn mean(&self, column: usize, z: F) -> f64;

    /// Writes the feature's own number for samples with these z'_j and noise, about the instance's and in units of the standard deviation
    /// that it has in the data, and says whether there is one; categories have none. All slices have one length, which may be 0.
    ///
    /// For regressions that are better off with one column a feature, such as those with a link. None by default.
    fn coordinate(&self, z: &[F], noise: &[F], values: &mut [f64]) -> bool {
        let _ = (z, noise, values);
        false
    }
}

/// The interpretable space around one instance: a law for each coordinate, and the instance x' itself.
///
/// ```
/// use lime_core::{Law, Space};
/// let space = Space::<f64>::masks(3);
/// assert_eq!(space.features(), 3);
/// assert_eq!(space.origin(), [1.0, 1.0, 1.0]);
///
/// let wrong = Space::<f64>::new(vec![Law::Levels { own: 2, frequency: vec![0.5, 0.5] }], vec![1.0]);
/// assert_eq!(wrong.unwrap_err().to_string(), "feature 0: the instance has level 2 of only 2 levels");
/// ```
#[derive(Clone)]
pub struct Space<F: Real> {
    laws: Vec<Law<F>>,
    origin: Vec<F>,
    noise: bool,
    groups: Vec<Vec<usize>>,
    bases: Vec<Option<Arc<dyn Basis<F>>>>,
}

impl<F: Real> fmt::Debug for Space<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bases = self.bases.iter().filter(|basis| basis.is_some()).count();
        f.debug_struct("Space")
            .field("laws", &self.laws)
            .field("origin", &self.origin)
            .field("noise", &self.noise)
            .field("groups", &self.groups)
            .field("bases", &bases)
            .finish()
    }
}

impl<F: Real> Space<F> {
    /// A space of the given laws around `origin`, the instance in interpretable coordinates (1 for levels).
    ///
    /// # Errors
    /// [`Error::Space`] if the lengths differ, a coordinate of the origin is not finite, the own level does not exist, or
    /// the frequencies are not finite, negative, or do not sum to 1 (within 1e-6).
    pub fn new(laws: Vec<Law<F>>, origin: Vec<F>) -> Result<Self, Error> {
        let fail = |message: String| Err(Error::Space { message });
        if laws.len() != origin.len() {
            return fail(format!("{} laws for an instance of {} coordinates", laws.len(), origin.len()));
        }
        for (j, (law, &x)) in laws.iter().zip(&origin).enumerate() {
            if !x.is_finite() {
                return fail(format!("feature {j}: the instance's coordinate is {x}, not a finite number"));
            }
            if let Law::Levels { own, frequency } = law {
                if *own >= frequency.len() {
                    return fail(format!(
                        "feature {j}: the instance has level {own} of only {} levels",
                        frequency.len()
                    ));
                }
                if let Some(bad) = frequency.iter().find(|p| !(0.0..=1.0).contains(*p)) {
                    return fail(format!("feature {j}: the frequency {bad} is not between 0 and 1"));
                }
                let sum: f64 = frequency.iter().sum();
                if (sum - 1.0).abs() > 1e-6 {
                    return fail(format!("feature {j}: the frequencies sum to {sum}, not to 1"));
                }
            }
        }
        Ok(Self { laws, origin, noise: false, groups: Vec::new(), bases: Vec::new() })
    }

    /// The space of `features` parts that are present (1) or absent (0), around the instance with all of them.
    pub fn masks(features: usize) -> Self {
        Self {
            laws: vec![Law::mask(); features],
            origin: vec![F::one(); features],
            noise: false,
            groups: Vec::new(),
            bases: Vec::new(),
        }
    }

    /// Says whether z' leaves anything random in the model's input: which other bin, where in the bin. Samplers then fill
    /// [`Draw::noise`](crate::Draw::noise). Default: no.
    #[must_use]
    pub fn with_noise(mut self, noise: bool) -> Self {
        self.noise = noise;
        self
    }

    /// Says which features belong together: a selector takes all of a group or none. Features in no group stand for
    /// themselves. Default: no groups.
    ///
    /// ```
    /// use lime_core::Space;
    /// let space = Space::<f64>::masks(4).with_groups(vec![vec![3, 1]])?;
    /// assert_eq!(space.groups(), [vec![3, 1]]);
    /// assert_eq!(space.units(), [vec![0], vec![3, 1], vec![2]]);
    /// assert!(Space::<f64>::masks(4).with_groups(vec![vec![1], vec![1]]).is_err());
    /// # Ok::<(), lime_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Space`] if a group is empty, names a feature that does not exist, or one that is in a group already.
    pub fn with_groups(mut self, groups: Vec<Vec<usize>>) -> Result<Self, Error> {
        let mut taken = vec![false; self.features()];
        for (index, group) in groups.iter().enumerate() {
            if group.is_empty() {
                return Err(Error::Space { message: format!("group {index} of the features is empty") });
            }
            for &j in group {
                match taken.get_mut(j) {
                    None => {
                        let message = format!("group {index}: there is no feature {j} among {}", self.features());
                        return Err(Error::Space { message });
                    }
                    Some(taken) if *taken => {
                        return Err(Error::Space {
                            message: format!("group {index}: feature {j} is in a group already"),
                        });
                    }
                    Some(taken) => *taken = true,
                }
            }
        }
        self.groups = groups;
        Ok(self)
    }

    /// Gives features a richer basis than z' ([`Basis`]): one entry a feature, for those that have one. Default: none has.
    ///
    /// # Errors
    /// [`Error::Space`] unless there is an entry for each feature.
    pub fn with_bases(mut self, bases: Vec<Option<Arc<dyn Basis<F>>>>) -> Result<Self, Error> {
        if bases.len() != self.features() {
            let message = format!("{} bases for {} features", bases.len(), self.features());
            return Err(Error::Space { message });
        }
        self.bases = bases;
        Ok(self)
    }

    /// The richer basis of a feature, where it has one.
    pub fn basis(&self, feature: usize) -> Option<&dyn Basis<F>> {
        self.bases.get(feature)?.as_deref()
    }

    /// The groups of features that belong together.
    pub fn groups(&self) -> &[Vec<usize>] {
        &self.groups
    }

    /// What selectors choose among: the groups, and every other feature by itself, in the order of their least features.
    pub fn units(&self) -> Vec<Vec<usize>> {
        let mut units: Vec<Vec<usize>> = (0..self.features()).map(|j| vec![j]).collect();
        for group in &self.groups {
            for &j in group {
                units[j].clear();
            }
            if let Some(&least) = group.iter().min() {
                units[least].clone_from(group);
            }
        }
        units.retain(|unit| !unit.is_empty());
        units
    }

    /// The number of interpretable features, d'.
    pub fn features(&self) -> usize {
        self.laws.len()
    }

    /// The law of each coordinate.
    pub fn laws(&self) -> &[Law<F>] {
        &self.laws
    }

    /// The instance x' in interpretable coordinates.
    pub fn origin(&self) -> &[F] {
        &self.origin
    }

    /// Whether z' leaves anything random in the model's input.
    pub fn noise(&self) -> bool {
        self.noise
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_of_a_uniform_is_uniform() {
        let law = Law::<f64>::Levels { own: 0, frequency: vec![0.25, 0.75] };
        let u: Vec<f64> = (0..1000).map(|i| (i as f64 + 0.5) / 1000.0).collect();
        let (mut z, mut noise) = (vec![0.0; 1000], vec![0.0; 1000]);
        law.invert(&u, &mut z, &mut noise);
        assert_eq!(z.iter().sum::<f64>(), 250.0);
        for side in [1.0, 0.0] {
            let part: Vec<f64> = noise.iter().zip(&z).filter(|(_, z)| **z == side).map(|(n, _)| *n).collect();
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            assert!((mean - 0.5).abs() < 1e-12, "{mean}");
            assert!(part.iter().all(|n| (0.0..1.0).contains(n)));
        }
    }

    #[test]
    fn frequencies_of_zero_and_one_stay_finite() {
        let u = [f32::unit(0), 0.5, f32::unit(u32::MAX)];
        for (share, expected) in [(0.0, 0.0), (1.0, 1.0)] {
            let law = Law::<f32>::Levels { own: 0, frequency: vec![share, 1.0 - share] };
            let (mut z, mut noise) = ([0.0; 3], [0.0; 3]);
            law.invert(&u, &mut z, &mut noise);
            assert_eq!(z, [expected; 3]);
            assert!(noise.iter().all(|n| (0.0..1.0).contains(n)), "{noise:?}");
        }
    }
}
