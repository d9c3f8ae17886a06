//! Fidelity on samples that the surrogate was not fitted to.

use crate::run::Neighbours;
use crate::slot::{Ask, Prepare, Slot, deal};
use crate::watch::Watch;
use crate::{Error, LocalModel, Real, Representation, Similarity, Source};

/// Sums for the weighted R2 of one target, about a reference value near the answers.
#[derive(Default)]
struct Sums {
    weight: f64,
    answers: f64,
    squares: f64,
    residuals: f64,
}

impl Sums {
    fn score(&self) -> f64 {
        let total = self.squares - self.answers * (self.answers / self.weight);
        if total > 1e-13 * self.squares { 1.0 - self.residuals / total } else { f64::NAN }
    }
}

/// What fits are held against: their targets, and the model's prediction for those.
pub(crate) struct Held<'a, T> {
    pub(crate) fits: &'a [T],
    pub(crate) targets: &'a [usize],
    pub(crate) reference: &'a [f64],
}

/// What is known of fits on samples that they have not seen.
pub(crate) enum Fidelity {
    /// The weighted R2 of each, and how many samples the model was asked for.
    Scores(Vec<f64>, usize),
    /// The sampler has no such samples, and says why.
    Unknown(String),
}

/// The weighted R2 of each fit on `rows` samples of a seed of their own. Rows that are the instance itself do not count.
pub(crate) fn scores<F, R, S, T>(
    neighbours: &Neighbours<'_, R, S>,
    rows: usize,
    similarity: &dyn Similarity<F, R::Batch>,
    held: &Held<'_, T>,
    (batch_size, wave): (usize, usize),
    (ask, watch): (&mut Ask<'_, F, R::Batch>, Option<&Watch<'_>>),
) -> Result<Fidelity, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    S: Source<F, R>,
    T: LocalModel,
{
    // Streams of seeds that differ are independent.
    let representation = neighbours.representation;
    let neighbourhood = match neighbours.draw(rows, neighbours.seed ^ 0x6865_6c64_206f_7574) {
        Ok(neighbourhood) => neighbourhood,
        Err(error) => return Ok(Fidelity::Unknown(error.to_string())),
    };
    let space = representation.space();
    let prepare = |slot: &mut Slot<F, R::Batch>| slot.prepare(neighbourhood.as_ref(), space, similarity);
    let prepare: Prepare<'_, F, R::Batch> = &prepare;
    let mut sums: Vec<Sums> = held.targets.iter().map(|_| Sums::default()).collect();
    let (mut slots, mut next, samples) = (Vec::new(), 0, neighbourhood.rows());
    while next < samples {
        deal(&mut slots, &mut next, samples, (batch_size, wave), representation)?;
        (ask.slots)(&mut slots, prepare, watch);
        for slot in &mut slots {
            std::mem::replace(&mut slot.outcome, Ok(()))?;
        }
        for segment in slots.iter().flat_map(|slot| &slot.segments) {
            let mut z = vec![0.0; space.features()];
            for row in (0..segment.rows.len()).filter(|row| !segment.draw.instance.contains(row)) {
                for (j, z) in z.iter_mut().enumerate() {
                    *z = segment.draw.z[(row, j)].wide();
                }
                let weight = segment.weights[row].wide();
                for (((sums, fit), &target), reference) in
                    sums.iter_mut().zip(held.fits).zip(held.targets).zip(held.reference)
                {
                    let Some(&answer) = segment.answers.get((row, target)) else {
                        let found = segment.answers.ncols();
                        return Err(Error::AnswerOutputs { first: segment.rows.start, expected: target + 1, found });
                    };
                    let answer = answer.wide();
                    let (shifted, residual) = (answer - reference, answer - fit.predict(&z));
                    sums.weight += weight;
                    sums.answers += weight * shifted;
                    sums.squares += weight * shifted * shifted;
                    sums.residuals += weight * residual * residual;
                }
            }
        }
    }
    Ok(Fidelity::Scores(sums.iter().map(Sums::score).collect(), samples))
}
