//! What the benches explain: rows, texts and pictures of any size, the same on every machine, and models that cost nothing.
#![allow(dead_code, reason = "each bench takes what it needs")]

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{AxisScale, BenchmarkGroup, Criterion, PlotConfiguration, SamplingMode};
use lime_core::nalgebra::DMatrix;
use lime_core::{BoxError, Explainer, Model, Real, Stream, model_fn};
use lime_image::{Element, Grid, Image, ImageBatch, Superpixels};
use lime_kernels::Radial;
use lime_samplers::MonteCarlo;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_tabular::{Tabular, TabularRepresentation};
use lime_text::Document;

/// The seed of everything.
pub(crate) const SEED: u64 = 2016;

/// A group with logarithmic axes and this many samples of 5 ms, or of one run where that takes longer: what else the machine does
/// then disturbs some of them, and not all.
pub(crate) fn group<'c>(c: &'c mut Criterion, name: &str, samples: usize) -> BenchmarkGroup<'c, WallTime> {
    let mut group = c.benchmark_group(name);
    group.plot_config(PlotConfiguration::default().summary_scale(AxisScale::Logarithmic));
    let time = Duration::from_millis(5) * u32::try_from(samples).unwrap_or(u32::MAX);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(time);
    group.sampling_mode(SamplingMode::Flat).sample_size(samples).nresamples(5_000);
    group
}

pub(crate) fn ok<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// A row of a table of skewed columns, as 500 training rows tell it: with quartile bins, or as numbers.
pub(crate) fn row<F: Real>(features: usize, bins: bool) -> TabularRepresentation<F> {
    let mut training = DMatrix::zeros(500, features);
    Stream::new(SEED).words(0..500, 0..features, |j, at, words| {
        for (i, &word) in at.zip(words) {
            training[(i, j)] = F::of(-(1.0 + j as f64) * f64::unit(word).ln());
        }
    });
    let builder = Tabular::builder(&training);
    let table = ok(if bins { builder.learn() } else { builder.without_discretizer().learn() });
    ok(table.represent(&training.row(0).iter().copied().collect::<Vec<F>>()))
}

/// The explainer of tables: the original's, with ridge on all features.
pub(crate) fn of_tables(samples: usize) -> Explainer<MonteCarlo, Radial, NoSelection, Ridge> {
    Explainer::new(MonteCarlo, Radial::default(), NoSelection, Ridge::default()).samples(samples).seed(SEED)
}

/// A model of rows: their first values.
pub(crate) fn of_rows<F: Real>(outputs: usize) -> impl Model<DMatrix<F>, F> + Sync {
    model_fn(move |rows: &DMatrix<F>| rows.columns(0, outputs).into_owned())
}

/// A text of so many words, of which the first `distinct` differ; after them word i is one of those, i^2 mod `distinct`.
pub(crate) fn text(words: usize, distinct: usize) -> String {
    let word = |i: usize| if i < distinct { i } else { i * i % distinct };
    (0..words).map(|i| format!("word{}{}", word(i), if i % 12 == 11 { ". " } else { " " })).collect()
}

/// The text as a bag of words, or with each at its position.
pub(crate) fn document<F: Real>(words: usize, distinct: usize, positions: bool) -> Document<F> {
    let text = text(words, distinct);
    let builder = Document::builder(&text);
    ok::<_, BoxError>(if positions { builder.positions().build() } else { builder.build() })
}

/// A model of texts: their lengths.
pub(crate) fn of_texts<F: Real>() -> impl Model<Vec<String>, F> + Sync {
    model_fn(|texts: &Vec<String>| texts.iter().map(|text| F::of(text.len() as f64)).collect::<Vec<F>>())
}

/// A picture of noise with three channels, in a grid of superpixels.
pub(crate) fn picture<F: Real, T: Element>(side: usize, rows: usize, columns: usize) -> Superpixels<F, T> {
    let mut values = vec![0_u8; side * side * 3];
    Stream::new(SEED).words(0..values.len(), 0..1, |_, at, words| {
        for (value, word) in values[at].iter_mut().zip(words) {
            *value = word.to_le_bytes()[3];
        }
    });
    let image = ok(Image::from_u8(side, side, 3, &values));
    ok(Superpixels::builder(&image).segmenter(ok(Grid::new(rows, columns))).build())
}

/// A model of pictures: one value of each.
pub(crate) fn of_pictures<F: Real, T: Element + Into<f64>>() -> impl Model<ImageBatch<T>, F> + Sync {
    model_fn(|batch: &ImageBatch<T>| batch.images().map(|image| F::of(image[1234].into())).collect::<Vec<F>>())
}
