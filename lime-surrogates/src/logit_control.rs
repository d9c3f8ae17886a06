//! A control variate for models that answer with probabilities: what a logistic regression finds, less its mean given z'.

use lime_core::{Basis, Law, Moments, Real, Record, Rows, Space, Stream};
use nalgebra::{DMatrix, DVector};

use crate::Error;
use crate::solve::solve;

/// The prior precision of the logistic regression's slopes, which are those of columns of unit scale.
const PENALTY: f64 = 0.1;
/// Steps of iteratively reweighted least squares, and the change of the deviance at which they end.
const STEPS: usize = 25;
const TOLERANCE: f64 = 1e-9;
/// The linear predictor is held within this, where the answers are 0 or 1 to 15 digits.
const FAR: f64 = 34.0;
/// Draws of what z' hides for a row, and how many sets of them there are to choose from.
const DRAWS: usize = 256;
const SETS: usize = 16;
/// The random words behind the sets and their choice. It is the same for all explanations: the draws are no part of the design.
const SEED: u64 = 0x6c6f_6769_7431;

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// How a feature enters the logistic regression.
enum Feature<'a, F: Real> {
    /// By z', which says all that is known of it.
    Plain,
    /// By its coordinate.
    Coordinate(&'a dyn Basis<F>),
    /// By z' and the columns of its basis.
    Levels(&'a dyn Basis<F>),
}

impl<F: Real> Feature<'_, F> {
    /// How many columns it has.
    fn count(&self) -> usize {
        match self {
            Feature::Plain | Feature::Coordinate(_) => 1,
            Feature::Levels(basis) => 1 + basis.columns(),
        }
    }

    /// Its columns for these z' and noise, one after the other.
    fn columns(&self, z: &[F], noise: &[F]) -> Vec<Vec<f64>> {
        let filled = |fill: &dyn Fn(&mut [f64])| {
            let mut values = vec![0.0; z.len()];
            fill(&mut values);
            values
        };
        let own = || z.iter().map(|z| z.wide()).collect();
        match self {
            Feature::Plain => vec![own()],
            Feature::Coordinate(basis) => vec![filled(&|values| {
                basis.coordinate(z, noise, values);
            })],
            Feature::Levels(basis) => {
                let columns = (0..basis.columns()).map(|column| filled(&|values| basis.fill(column, z, noise, values)));
                std::iter::once(own()).chain(columns).collect()
            }
        }
    }
}

/// How all features enter the logistic regression.
struct Predictor<'a, F: Real> {
    features: Vec<Feature<'a, F>>,
}

impl<'a, F: Real> Predictor<'a, F> {
    /// That of a space; `None` where the features hide nothing, or the law of what one hides is not that of a level.
    fn new(space: &'a Space<F>) -> Option<Self> {
        let features = (0..space.features()).map(|j| match space.basis(j) {
            None => Some(Feature::Plain),
            Some(_) if !matches!(space.laws()[j], Law::Levels { .. }) => None,
            Some(basis) if basis.coordinate(&[], &[], &mut []) => Some(Feature::Coordinate(basis)),
            Some(basis) => Some(Feature::Levels(basis)),
        });
        let features = features.collect::<Option<Vec<_>>>()?;
        features.iter().any(|feature| !matches!(feature, Feature::Plain)).then_some(Self { features })
    }

    /// All columns for these rows, one row of the matrix a sample.
    fn matrix(&self, rows: &Rows<'_, F>) -> DMatrix<f64> {
        let n = rows.weight.len();
        let columns = self.features.iter().enumerate();
        let values: Vec<f64> = columns
            .flat_map(|(j, of)| of.columns(rows.z.column(j).as_slice(), rows.noise.column(j).as_slice()))
            .flatten()
            .collect();
        DMatrix::from_vec(n, values.len() / n.max(1), values)
    }
}

/// The sampled rows as the logistic regression sees them.
pub(crate) struct Sampled<'a, F: Real> {
    predictor: Predictor<'a, F>,
    tiles: Vec<Tile<'a, F>>,
}

struct Tile<'a, F: Real> {
    rows: Rows<'a, F>,
    /// The rows of it that are draws: the first may be the instance itself.
    skipped: usize,
    columns: DMatrix<f64>,
}

impl<'a, F: Real> Sampled<'a, F> {
    pub(crate) fn new(space: &'a Space<F>, record: &'a Record<F>) -> Option<Self> {
        let predictor = Predictor::new(space)?;
        let features = space.features();
        let mut tiles = Vec::new();
        for rows in record.tiles() {
            if rows.noise.ncols() != features {
                return None;
            }
            let skipped = usize::from(rows.instance_first).min(rows.weight.len());
            tiles.push(Tile { skipped, columns: predictor.matrix(&rows), rows });
        }
        (!tiles.is_empty()).then_some(Self { predictor, tiles })
    }

    /// The control variate for a target, a value a row, tile by tile; `None` where its answers are no probabilities or do not vary.
    pub(crate) fn control(&self, target: usize) -> Result<Option<Control>, Error> {
        let answers = |tile: &Tile<'_, F>| -> Vec<f64> {
            tile.rows.answers.column(target).iter().skip(tile.skipped).map(|y| y.wide()).collect()
        };
        let answers: Vec<Vec<f64>> = self.tiles.iter().map(answers).collect();
        let mut all = answers.iter().flatten();
        let Some(first) = all.clone().next() else { return Ok(None) };
        if !answers.iter().flatten().all(|y| (0.0..=1.0).contains(y)) || all.all(|y| y == first) {
            return Ok(None);
        }
        let Some(slopes) = self.regression(&answers)? else { return Ok(None) };
        let tables = Tables::new(&self.predictor, &slopes);
        let values = self.tiles.iter().map(|tile| {
            let predicted = &tile.columns * DVector::from_column_slice(&slopes[1..]);
            let mut values = vec![0.0; predicted.len()];
            let means = tables.means(&tile.rows, slopes[0]);
            for ((value, predicted), mean) in values.iter_mut().zip(predicted.iter()).zip(means).skip(tile.skipped) {
                *value = logistic(slopes[0] + predicted) - mean;
            }
            values
        });
        Ok(Some(Control { values: values.collect(), parameters: slopes.len() }))
    }

    /// Intercept and slopes of the fractional logistic regression of the answers.
    fn regression(&self, answers: &[Vec<f64>]) -> Result<Option<Vec<f64>>, Error> {
        let width = self.tiles.first().map_or(0, |tile| tile.columns.ncols());
        let weights = || self.tiles.iter().flat_map(|tile| tile.rows.weight.iter().skip(tile.skipped));
        let (weight, count) = weights().fold((0.0, 0usize), |(sum, n), w| (sum + w.wide(), n + 1));
        if !(weight > 0.0 && weight.is_finite()) {
            return Ok(None);
        }
        // Weights of mean one: a penalty is to mean the same whatever the kernel's scale.
        let unit = count as f64 / weight;
        let own = |tile: &Tile<'_, F>| -> Vec<f64> {
            tile.rows.weight.iter().skip(tile.skipped).map(|w| unit * w.wide()).collect()
        };
        let weights: Vec<Vec<f64>> = self.tiles.iter().map(own).collect();
        // The usual start: half way from the answers to one half.
        let start = |y: &f64| ((y + 0.5) / (1.5 - y)).ln();
        let mut predicted: Vec<Vec<f64>> = answers.iter().map(|tile| tile.iter().map(start).collect()).collect();
        let mut best: Option<(f64, Vec<f64>)> = None;
        for _ in 0..STEPS {
            let mut moments = Moments::new(&vec![0.0; width], &[0.0]);
            for (((tile, answers), weights), predicted) in self.tiles.iter().zip(answers).zip(&weights).zip(&predicted)
            {
                let n = answers.len();
                let mut working = DMatrix::zeros(n, 1);
                let mut reweighted = vec![0.0; n];
                for i in 0..n {
                    let mean = logistic(predicted[i]);
                    let variance = (mean * (1.0 - mean)).max(1e-9);
                    working[i] = predicted[i] + (answers[i] - mean) / variance;
                    reweighted[i] = weights[i] * variance;
                }
                let none = DMatrix::zeros(n, 0);
                let columns = tile.columns.rows(tile.skipped, n);
                moments.absorb(&Rows::new(0, columns, none.as_view(), &reweighted, working.as_view()));
            }
            let all: Vec<usize> = (0..width).collect();
            let mut gram = moments.scatter_matrix(&all);
            gram.iter_mut().step_by(width + 1).for_each(|diagonal| *diagonal += PENALTY);
            let solution = solve(&gram, &moments.cross_matrix(&all, &[0]))?;
            let mut slopes = vec![moments.answer_mean(0)];
            slopes.extend(solution.x.iter());
            slopes[0] -= (0..width).map(|j| slopes[1 + j] * moments.mean(j)).sum::<f64>();
            // Halved until it is no worse than where it began.
            let mut halved = 0;
            let deviance = loop {
                let deviance = self.predict(&slopes, answers, &weights, &mut predicted);
                match &best {
                    Some((before, old)) if halved < 5 && (deviance > *before || deviance.is_nan()) => {
                        slopes.iter_mut().zip(old).for_each(|(new, old)| *new = 0.5 * (*new + old));
                        halved += 1;
                    }
                    _ => break deviance,
                }
            };
            let before = best.as_ref().map_or(f64::INFINITY, |(before, _)| *before);
            if deviance >= before || deviance.is_nan() {
                break;
            }
            best = Some((deviance, slopes));
            if before - deviance <= TOLERANCE * deviance.abs() {
                break;
            }
        }
        Ok(best.map(|(_, slopes)| slopes))
    }

    /// The linear predictor of all rows, and the penalised deviance.
    fn predict(&self, slopes: &[f64], answers: &[Vec<f64>], weights: &[Vec<f64>], predicted: &mut [Vec<f64>]) -> f64 {
        let direction = DVector::from_column_slice(&slopes[1..]);
        let mut deviance = PENALTY * direction.norm_squared();
        for (((tile, answers), weights), predicted) in self.tiles.iter().zip(answers).zip(weights).zip(predicted) {
            let along = &tile.columns * &direction;
            for (((predicted, along), y), w) in
                predicted.iter_mut().zip(along.iter().skip(tile.skipped)).zip(answers).zip(weights)
            {
                *predicted = (slopes[0] + along).clamp(-FAR, FAR);
                // -2 (y ln m + (1 - y) ln(1 - m)) with the logarithms in one.
                deviance += 2.0 * w * ((1.0 - y) * *predicted + (-*predicted).exp().ln_1p());
            }
        }
        deviance
    }
}

/// A control variate: a value for each sampled row, of mean zero given z', and 0 for the instance.
pub(crate) struct Control {
    pub(crate) values: Vec<Vec<f64>>,
    /// How many parameters it has.
    pub(crate) parameters: usize,
}

/// What a feature adds to the linear predictor, given z'.
enum Share {
    /// So much for each unit of z': it hides nothing.
    Slope(f64),
    /// Not in its level and in it, `SETS` times `DRAWS` equally likely values, of which each set has one from each stretch of the noise,
    /// in a random order.
    Hidden([Vec<f64>; 2]),
}

/// The shares of all features.
struct Tables {
    features: Vec<Share>,
}

impl Tables {
    fn new<F: Real>(predictor: &Predictor<'_, F>, slopes: &[f64]) -> Self {
        let points = SETS * DRAWS;
        let stream = Stream::new(SEED);
        let mut at = 1;
        let features = predictor.features.iter().enumerate().map(|(j, feature)| {
            let own = &slopes[at..at + feature.count()];
            at += own.len();
            if let Feature::Plain = feature {
                return Share::Slope(own[0]);
            }
            let noise = shuffled::<F>(&stream, j);
            Share::Hidden([F::zero(), F::one()].map(|z| {
                let mut values = vec![0.0; points];
                for (slope, column) in own.iter().zip(feature.columns(&vec![z; points], &noise)) {
                    values.iter_mut().zip(column).for_each(|(value, x)| *value += slope * x);
                }
                values
            }))
        });
        Self { features: features.collect() }
    }

    /// The mean of the logistic function over what z' hides, for each row.
    fn means<F: Real>(&self, rows: &Rows<'_, F>, intercept: f64) -> Vec<f64> {
        let n = rows.weight.len();
        let mut sums = vec![[intercept; DRAWS]; n];
        let stream = Stream::new(SEED ^ 1);
        stream.words(rows.start..rows.start + n, 0..self.features.len(), |j, range, words| {
            let column = rows.z.column(j);
            for ((sums, z), word) in sums[range.clone()].iter_mut().zip(&column.as_slice()[range]).zip(words) {
                match &self.features[j] {
                    Share::Slope(slope) => sums.iter_mut().for_each(|sum| *sum += slope * z.wide()),
                    Share::Hidden([outside, inside]) => {
                        let table = if *z > F::of(0.5) { inside } else { outside };
                        let set = &table[*word as usize % SETS * DRAWS..][..DRAWS];
                        sums.iter_mut().zip(set).for_each(|(sum, value)| *sum += value);
                    }
                }
            }
        });
        sums.iter().map(|sums| sums.iter().map(|sum| logistic(*sum)).sum::<f64>() / DRAWS as f64).collect()
    }
}

/// The middles of `SETS * DRAWS` equal stretches of (0, 1), as sets which each have one from every `DRAWS`-th part, shuffled.
fn shuffled<F: Real>(stream: &Stream, feature: usize) -> Vec<F> {
    let points = SETS * DRAWS;
    let mut keys = [vec![0u32; points], vec![0u32; points]];
    stream.words(0..points, 2 * feature..2 * feature + 2, |column, range, words| {
        keys[column % 2][range].copy_from_slice(words);
    });
    // In each part, which set gets which point.
    let mut sets = vec![Vec::new(); SETS];
    for part in 0..DRAWS {
        let mut order: Vec<usize> = (part * SETS..(part + 1) * SETS).collect();
        order.sort_by_key(|&point| (keys[0][point], point));
        sets.iter_mut().zip(order).for_each(|(set, point)| set.push(point));
    }
    // In each set, which draw gets which part.
    let mut noise = Vec::with_capacity(points);
    for mut set in sets {
        set.sort_by_key(|&point| (keys[1][point], point));
        noise.extend(set.into_iter().map(|point| F::of((point as f64 + 0.5) / points as f64)));
    }
    noise
}
