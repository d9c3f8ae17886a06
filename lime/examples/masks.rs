//! How far explanations of masks are from their limit, by sampler and surrogate: the table that the image and text presets are chosen by.
//!
//! `cargo run --release -p lime-explain --example masks -- [TASKS] [SAMPLES] [SEEDS] [FUNCTIONS]`, by default
//! `family,text,image 128,512,2048 20 10`. The squared error of independent samples under the original's kernel, by least squares, is
//! divided by that of each composition (the median over functions); in brackets the coverage of the 95 % intervals. The limit is by
//! enumeration up to d = 16, and by 2^17 samples elsewhere.
#![allow(clippy::print_stdout)]

use lime::image::{self, Layout, Scale, Segmenter, Slic, Superpixels};
use lime::kernels::{Radial, Unweighted};
use lime::models::{ImageModel, Runtime};
use lime::nalgebra::{DMatrix, DVector};
use lime::samplers::{Exhaustive, MaskPairs, MaskSize, MonteCarlo, RemovedCount, normal_quantile};
use lime::surrogates::{Jackknife, MaskProcess, Ridge, selection::NoSelection};
use lime::text::Document;
use lime::{
    BoxError, Direct, Explainer, Kernel, Model, Real, Representation, Sampler, Selector, SizeLaw, Space, Stream,
    Surrogate, Targets, model_fn,
};
use vader_sentiment::SentimentIntensityAnalyzer;

/// The original's law of masks: for images or for text.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Image,
    Text,
}

/// Coefficients and intervals.
type Found = (Vec<f64>, Vec<[f64; 2]>);

/// An instance whose model may be asked on masks.
struct Task<'a> {
    kind: Kind,
    features: usize,
    /// Explains by a composition's number, with so many samples and a seed; the last composition is the limit.
    explain: Box<dyn Fn(usize, usize, u64) -> Result<Found, BoxError> + 'a>,
}

const COMPOSITIONS: [&str; 7] =
    ["original", "law", "pairs", "law+process", "pairs+process", "corners+process", "corners+trusting"];
const LIMIT: usize = COMPOSITIONS.len();

fn law(kind: Kind) -> Result<SizeLaw, BoxError> {
    let base = if kind == Kind::Image { SizeLaw::fair() } else { SizeLaw::removed_count() };
    Ok(base.weighed_by_cosine(0.25)?)
}

/// Explains an instance by composition `at`.
fn explain<F: Real, R: Representation<F>, M: Model<R::Batch, F> + Sync>(
    (kind, instance, model, target): (Kind, &R, &M, usize),
    (at, samples, seed): (usize, usize, u64),
) -> Result<Found, BoxError>
where
    Radial<lime::kernels::Interpretable<lime::kernels::Cosine>, lime::kernels::Exponential, lime::kernels::Fixed>:
        Kernel<F, R::Batch>,
    Unweighted: Kernel<F, R::Batch>,
{
    fn run<F, R, M, S, K, G>(
        (instance, model, target): (&R, &M, usize),
        (sampler, kernel, surrogate): (S, K, G),
        (samples, seed): (usize, u64),
    ) -> Result<Found, BoxError>
    where
        F: Real,
        R: Representation<F>,
        M: Model<R::Batch, F> + Sync,
        S: Sampler<F>,
        K: Kernel<F, R::Batch>,
        G: Surrogate<F>,
        NoSelection: Selector<F, G::Evidence>,
    {
        let explainer = Explainer::new(sampler, kernel, NoSelection, surrogate).samples(samples).seed(seed);
        let explainer = explainer.effective_samples(0).batch_size(16).targets(Targets::Given(vec![target]));
        let explanation = explainer.explain_parallel(instance, model)?;
        let mut features = explanation.targets[0].features.clone();
        features.sort_by_key(|feature| feature.index);
        Ok((features.iter().map(|f| f.weight).collect(), features.iter().filter_map(|f| f.interval).collect()))
    }
    let (d, law) = (instance.space().features(), law(kind)?);
    let about = (instance, model, target);
    let (squares, process) = (Ridge::new(0.0)?, MaskProcess::new(law.clone()));
    let sizes = law.probabilities(d)?;
    let drawn = move |kept: usize, _: usize| sizes[kept];
    let kernel = if kind == Kind::Image { Radial::for_images() } else { Radial::for_text() };
    let many = (samples, seed);
    match (at, kind) {
        (0, Kind::Image) => run(about, (MonteCarlo, kernel, Jackknife::new(squares)), many),
        (0, Kind::Text) => run(about, (RemovedCount, kernel, Jackknife::new(squares)), many),
        (1, _) => run(about, (MaskSize::new(drawn), Unweighted, Jackknife::new(squares)), many),
        (2, _) => run(about, (MaskPairs::new(law), Unweighted, Jackknife::new(squares)), many),
        (3, _) => run(about, (MaskSize::new(drawn), Unweighted, process), many),
        (4, _) => run(about, (MaskPairs::new(law), Unweighted, process), many),
        (5, _) => run(about, (MaskPairs::new(law).with_corners(), Unweighted, process), many),
        (6, _) => run(about, (MaskPairs::new(law).with_corners(), Unweighted, process.trusting()), many),
        _ if d <= 16 => run(about, (Exhaustive::by_size(drawn), Unweighted, squares), (1 << d, 0)),
        _ => run(about, (MaskSize::new(drawn), Unweighted, squares), (1 << 17, u64::MAX)),
    }
}

/// The family of the exact references: c0 + a.z + z'Bz + tanh(c.z) with normal a, c, and B of half their size above the diagonal.
struct Family {
    a: DVector<f64>,
    b: DMatrix<f64>,
    c: DVector<f64>,
}

impl Family {
    fn new(seed: u64, d: usize) -> Self {
        let mut numbers = DMatrix::<f64>::zeros(d, d + 2);
        Stream::new(seed).words(0..d, 0..d + 2, |j, at, words| {
            for (i, &word) in at.zip(words) {
                numbers[(i, j)] = normal_quantile(f64::unit(word));
            }
        });
        let b = DMatrix::from_fn(d, d, |i, j| if i < j { 0.5 * numbers[(i, j)] } else { 0.0 });
        Self { a: numbers.column(d).into_owned(), b, c: numbers.column(d + 1).into_owned() }
    }

    fn answers(&self, z: &DMatrix<f64>) -> Vec<f64> {
        let (products, additive, curved) = (z * &self.b, z * &self.a, z * &self.c);
        let quadratic = |i: usize| products.row(i).dot(&z.row(i));
        (0..z.nrows()).map(|i| additive[i] + quadratic(i) + curved[i].tanh()).collect()
    }

    fn curve(&self, z: &DMatrix<f64>) -> Vec<f64> {
        (z * &self.c).iter().map(|u| u.tanh()).collect()
    }

    /// The limit of the coefficients of a.z + z'Bz under a law of sizes: by the moments E[z_1 ... z_p].
    fn polynomial_limit(&self, sizes: &[f64]) -> Vec<f64> {
        let d = self.a.len();
        let moment = |p: usize| -> f64 {
            let ones = |kept: usize| (0..p).map(|i| kept.saturating_sub(i) as f64 / (d - i) as f64).product::<f64>();
            sizes.iter().enumerate().map(|(kept, q)| q * ones(kept)).sum()
        };
        let [m1, m2, m3] = [1, 2, 3].map(moment);
        let pairs = &self.b + self.b.transpose();
        let sum = self.b.sum();
        // cov(z_j, z'Bz): products with and without feature j.
        let own = |j: usize| pairs.row(j).sum();
        let covariance: Vec<f64> = (0..d).map(|j| own(j) * m2 + (sum - own(j)) * m3 - m1 * m2 * sum).collect();
        let (a, b) = (m1 - m2, m2 - m1 * m1);
        let together = b / (a + d as f64 * b) * covariance.iter().sum::<f64>();
        (0..d).map(|j| self.a[j] + (covariance[j] - together) / a).collect()
    }
}

const REVIEWS: [&str; 5] = [
    "The food was not good, but our waiter, a charming man from Naples, made up for it with jokes that nobody who sat there will ever forget; we laughed until tears ran, paid happily, and left a generous tip despite awful coffee, cold soup, burnt fish.",
    "I really wanted to love this phone because its camera looks amazing on paper, yet the battery dies before lunch, support staff were rude, never helpful at all, and every single update seems to break something else; what a terrible, expensive disappointment, sadly.",
    "Brilliant acting and a gorgeous soundtrack save an otherwise dull film whose plot, hardly surprising anyone older than twelve, drags badly through its second hour without any tension; still, my children enjoyed it very much, so perhaps families should give this modest adventure some chance.",
    "Our room had a wonderful view over old harbour walls, clean sheets, plus the friendliest breakfast team you could hope for, although noise from nightly parties below kept us awake, angry, exhausted; nevertheless I would gladly return in winter when crowds have gone home again.",
    "This book is neither funny nor wise: the author insults his readers, repeats himself endlessly, and ruins one promising idea after another with lazy, boring dialogue that feels utterly fake; only chapter nine, honest, tender, almost beautiful, shows how great such a story might have been.",
];

#[allow(clippy::ptr_arg, reason = "the model's batches are vectors of texts")]
fn vader(texts: &Vec<String>) -> DMatrix<f64> {
    let analyzer = SentimentIntensityAnalyzer::new();
    let compound = |text: &String| analyzer.polarity_scores(text).get("compound").copied().unwrap_or(0.0);
    DMatrix::from_iterator(texts.len(), 1, texts.iter().map(compound))
}

/// The beginning of a text with so many different words.
fn beginning(text: &str, words: usize) -> Result<Document, BoxError> {
    let mut end = text.len();
    while let Some(space) = text[..end].rfind(' ') {
        let document = Document::builder(&text[..end]).build()?;
        if Representation::<f64>::space(&document).features() == words {
            return Ok(document);
        }
        end = space;
    }
    Err("the text has not so many words".into())
}

fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize, default: &str| arguments.get(at).cloned().unwrap_or_else(|| default.to_string());
    let tasks = argument(0, "family,text,image");
    let samples: Result<Vec<usize>, _> = argument(1, "128,512,2048").split(',').map(str::parse).collect();
    let (samples, seeds, functions) =
        (samples?, argument(2, "20").parse::<u64>()?, argument(3, "10").parse::<usize>()?);

    let face = ImageModel::load(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/face.onnx"), Runtime::Tract)?;
    let picture = image::load(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/astronaut.png"))?.image;
    let picture = picture.to_rgb(&[255.0; 3])?.resize(128, 128)?;

    for name in tasks.split(',') {
        for d in [14, 40] {
            for kind in [Kind::Image, Kind::Text] {
                let mut instances: Vec<Task<'_>> = Vec::new();
                match (name, kind) {
                    ("family", _) => {
                        for seed in 0..functions as u64 {
                            let (model, instance) = (Family::new(seed, d), Direct::new(Space::<f64>::masks(d)));
                            let explain = move |at, n, seed| {
                                let all = model_fn(|z: &DMatrix<f64>| model.answers(z));
                                if at < LIMIT || d <= 16 {
                                    return explain((kind, &instance, &all, 0), (at, n, seed));
                                }
                                // Exact but for the curve.
                                let curve = model_fn(|z: &DMatrix<f64>| model.curve(z));
                                let (mut found, none) = explain((kind, &instance, &curve, 0), (at, n, seed))?;
                                let exact = model.polynomial_limit(&law(kind)?.probabilities(d)?);
                                found.iter_mut().zip(exact).for_each(|(found, exact)| *found += exact);
                                Ok((found, none))
                            };
                            instances.push(Task { kind, features: d, explain: Box::new(explain) });
                        }
                    }
                    ("text", Kind::Text) => {
                        for text in REVIEWS.iter().take(functions) {
                            let (model, document) = (model_fn(vader), beginning(text, d)?);
                            let explain =
                                move |at, n, seed| explain::<f64, _, _>((kind, &document, &model, 0), (at, n, seed));
                            instances.push(Task { kind, features: d, explain: Box::new(explain) });
                        }
                    }
                    ("image", Kind::Image) => {
                        // As many superpixels as come out of asking for about so many.
                        let segments = Slic::new(if d == 14 { 22 } else { 52 })?.sigma(1.0)?.segment(&picture)?;
                        let builder = Superpixels::builder(&picture).segmenter(segments);
                        let parts: Superpixels<f64, f32> = builder.layout(Layout::Nchw).scale(Scale::unit()).build()?;
                        let (features, face) = (parts.segments().count(), &face);
                        let explain = move |at, n, seed| explain::<f64, _, _>((kind, &parts, face, 1), (at, n, seed));
                        instances.push(Task { kind, features, explain: Box::new(explain) });
                    }
                    _ => {}
                }
                if !instances.is_empty() {
                    table(name, &instances, &samples, seeds)?;
                }
            }
        }
    }
    Ok(())
}

/// Prints a line for each number of samples.
fn table(name: &str, tasks: &[Task<'_>], samples: &[usize], seeds: u64) -> Result<(), BoxError> {
    let kind = if tasks[0].kind == Kind::Image { "image law" } else { "text law" };
    println!("\n{name}, {kind}, d = {}, {} function(s), {seeds} seeds", tasks[0].features, tasks.len());
    let limits: Result<Vec<Found>, _> = tasks.iter().map(|task| (task.explain)(LIMIT, 0, 0)).collect();
    let limits = limits?;
    for &n in samples {
        let mut line = format!("n = {n:>5}");
        let mut base = Vec::new();
        for (at, composition) in COMPOSITIONS.iter().enumerate() {
            let (mut ratios, mut covered, mut intervals) = (Vec::new(), 0usize, 0usize);
            for (function, (task, (limit, _))) in tasks.iter().zip(&limits).enumerate() {
                let mut squares = 0.0;
                for seed in 0..seeds {
                    let (found, bounds) = (task.explain)(at, n, seed)?;
                    squares += found.iter().zip(limit).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
                    intervals += bounds.len();
                    covered += bounds.iter().zip(limit).filter(|([low, high], b)| low <= b && *b <= high).count();
                }
                if at == 0 {
                    base.push(squares);
                }
                ratios.push(base[function] / squares);
            }
            let coverage = covered as f64 / intervals.max(1) as f64;
            ratios.sort_by(f64::total_cmp);
            let median = 0.5 * (ratios[(ratios.len() - 1) / 2] + ratios[ratios.len() / 2]);
            line += &format!("  {composition} {median:.2} ({coverage:.3})");
        }
        println!("{line}");
    }
    Ok(())
}
