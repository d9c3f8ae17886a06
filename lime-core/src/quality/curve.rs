//! What becomes of the prediction when features go, or come, in the order of their importance.

use crate::slot::{answer_alone, guard};
use crate::{Draw, Error, Law, Model, Real, Representation, Stage, Stream};

/// The model's output as features go or come, one more at each point.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Curve {
    /// The output with 0, 1, ..., d features gone (deletion) or there (insertion).
    pub outputs: Vec<f64>,
}

impl Curve {
    /// The area under the curve over the share of features, by the trapezoidal rule: the mean output on the way.
    pub fn area(&self) -> f64 {
        let steps = self.outputs.len().saturating_sub(1);
        if steps == 0 {
            return self.outputs.first().copied().unwrap_or(f64::NAN);
        }
        self.outputs.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).sum::<f64>() / steps as f64
    }
}

/// The deletion curve (Petsiuk, Das and Saenko 2018, "RISE"): the features go in the order given, most important first. The lower the
/// area, the better the order.
///
/// `order` names features of the space, each once; those it leaves out go last, by index. A feature that is gone has z' = 0; where that
/// leaves something random in the model's input, the output is the mean over `repeats` draws under `seed` (else `repeats` has no effect).
///
/// (d + 1) `repeats` rows are asked of the model, in batches of d + 1.
///
/// ```
/// use lime_core::{Direct, Space, model_fn, nalgebra::DMatrix, quality::{deletion, insertion}};
///
/// let row = Direct::new(Space::masks(2));
/// let model = model_fn(|z: &DMatrix<f64>| z.column(0) * 3.0 + z.column(1));
/// let curve = deletion(&row, &model, 0, &[0, 1], (1, 0))?;
/// assert_eq!(curve.outputs, [4.0, 1.0, 0.0]);
/// assert_eq!(curve.area(), 1.5);
/// assert_eq!(insertion(&row, &model, 0, &[0, 1], (1, 0))?.outputs, [0.0, 3.0, 4.0]);
/// # Ok::<(), lime_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Selection`] for an order of features that do not exist, or twice; [`Error::Target`]; [`Error::Space`] for a feature that is a number, and
/// cannot go; what the representation or the model reports.
pub fn deletion<F, R, M>(
    representation: &R,
    model: &M,
    target: usize,
    order: &[usize],
    (repeats, seed): (usize, u64),
) -> Result<Curve, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    M: Model<R::Batch, F> + ?Sized,
{
    curve(representation, model, target, order, (repeats, seed), |place, step| place >= step)
}

/// The insertion curve (Petsiuk, Das and Saenko 2018): all features are gone, and come in the order given. The higher the area, the
/// better the order. All else is as for [`deletion`].
///
/// # Errors
/// As for [`deletion`].
pub fn insertion<F, R, M>(
    representation: &R,
    model: &M,
    target: usize,
    order: &[usize],
    (repeats, seed): (usize, u64),
) -> Result<Curve, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    M: Model<R::Batch, F> + ?Sized,
{
    curve(representation, model, target, order, (repeats, seed), |place, step| place < step)
}

/// The curve on which, at each step, the features are there whose place in the order `there` says.
fn curve<F, R, M>(
    representation: &R,
    model: &M,
    target: usize,
    order: &[usize],
    (repeats, seed): (usize, u64),
    there: impl Fn(usize, usize) -> bool,
) -> Result<Curve, Error>
where
    F: Real,
    R: Representation<F> + ?Sized,
    M: Model<R::Batch, F> + ?Sized,
{
    let space = representation.space();
    let d = space.features();
    if let Some(feature) = space.laws().iter().position(|law| !matches!(law, Law::Levels { .. })) {
        let message = format!(
            "feature {feature} is a number without levels: it is never gone, so it has no place on such a curve"
        );
        return Err(Error::Space { message });
    }
    let mut place = vec![usize::MAX; d];
    for (rank, &feature) in order.iter().enumerate() {
        match place.get_mut(feature) {
            Some(place) if *place == usize::MAX => *place = rank,
            _ => return Err(Error::Selection { chosen: order.to_vec(), features: d }),
        }
    }
    let mut last = order.len()..;
    for place in place.iter_mut().filter(|place| **place == usize::MAX) {
        *place = last.next().unwrap_or(usize::MAX);
    }
    let repeats = if space.noise() { repeats.max(1) } else { 1 };
    let (mut draw, mut batch) = (Draw::new(space, d + 1), representation.allocate(d + 1));
    let mut outputs = vec![0.0; d + 1];
    let stream = Stream::new(seed);
    for repeat in 0..repeats {
        draw.reset(d + 1);
        for step in 0..=d {
            let whole = place.iter().all(|&place| there(place, step));
            for (j, &place) in place.iter().enumerate() {
                draw.z[(step, j)] = if there(place, step) { F::one() } else { F::zero() };
            }
            if whole {
                draw.set_instance(step, space);
            }
        }
        if space.noise() {
            // One draw of what is random for all steps, so that they differ in the features alone.
            stream.words(repeat..repeat + 1, 0..d, |j, _, words| {
                for &word in words {
                    draw.noise.column_mut(j).fill(F::unit(word));
                }
            });
        }
        guard(Stage::Restore, 0..d + 1, || representation.restore(&draw, &mut batch, 0))?;
        let answers = answer_alone(&batch, d + 1, model)?;
        if target >= answers.ncols() {
            return Err(Error::Target { target, outputs: answers.ncols() });
        }
        for (output, answer) in outputs.iter_mut().zip(answers.column(target).iter()) {
            *output += answer.wide() / repeats as f64;
        }
    }
    Ok(Curve { outputs })
}
