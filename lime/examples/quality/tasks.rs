//! Real models and what they are asked about.

use std::sync::Arc;

use lime::image::{self, Layout, Scale, Segmenter as _, Slic, Superpixels};
use lime::models::{AnyModel, ColumnSpec, Extra, ImageModel, Runtime, TextModel};
use lime::nalgebra::DMatrix;
use lime::tabular::{Tabular, TabularRepresentation};
use lime::text::Document;
use lime::{BoxError, Direct, Leaves, Model, Representation, Space};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use vader_sentiment::SentimentIntensityAnalyzer;

use crate::config::{Kind, Task};
use crate::estimators::{self, Answer, Modality, Stopped};

/// An instance with its model: something to explain.
pub(crate) trait Instance: Send + Sync {
    /// By an estimator of this name.
    fn explain(&self, estimator: &str, samples: usize, seed: u64) -> Result<Answer, BoxError>;
    /// The coefficients of very many samples.
    fn reference(&self, samples: usize) -> Result<Vec<f64>, BoxError>;
    /// By a stop rule of this name, with so many samples at most.
    fn stop(&self, rule: &str, most: usize, seed: u64) -> Result<Stopped, BoxError>;
    /// Whether 512 samples and then 2048 give the bits of 2048 from the start.
    fn goes_on(&self) -> Result<bool, BoxError>;
}

/// A representation and a model.
struct Pair<R, M> {
    representation: R,
    model: M,
    modality: Modality,
}

impl<R, M> Instance for Pair<R, M>
where
    R: Representation<f64>,
    M: Model<R::Batch, f64> + Send + Sync,
{
    fn explain(&self, estimator: &str, samples: usize, seed: u64) -> Result<Answer, BoxError> {
        estimators::explain(estimator, self.modality, &self.representation, &self.model, (samples, seed))
    }

    fn reference(&self, samples: usize) -> Result<Vec<f64>, BoxError> {
        estimators::reference(self.modality, &self.representation, &self.model, samples)
    }

    fn stop(&self, rule: &str, most: usize, seed: u64) -> Result<Stopped, BoxError> {
        estimators::stop(rule, self.modality, &self.representation, &self.model, (most, seed))
    }

    fn goes_on(&self) -> Result<bool, BoxError> {
        estimators::goes_on(self.modality, &self.representation, &self.model)
    }
}

/// A tree ensemble that tells its leaves: the recommended explanation is the exact one.
struct Ensemble<M> {
    sampled: Pair<TabularRepresentation<f64>, M>,
    leaves: Leaves,
}

impl<M: Model<DMatrix<f64>, f64> + Send + Sync> Instance for Ensemble<M> {
    fn explain(&self, estimator: &str, samples: usize, seed: u64) -> Result<Answer, BoxError> {
        match estimator {
            "recommended" => estimators::exact(&self.sampled.representation, &self.leaves),
            _ => self.sampled.explain(estimator, samples, seed),
        }
    }

    fn reference(&self, samples: usize) -> Result<Vec<f64>, BoxError> {
        self.sampled.reference(samples)
    }

    fn stop(&self, rule: &str, most: usize, seed: u64) -> Result<Stopped, BoxError> {
        self.sampled.stop(rule, most, seed)
    }

    fn goes_on(&self) -> Result<bool, BoxError> {
        self.sampled.goes_on()
    }
}

fn boxed<R, M>(representation: R, model: M, modality: Modality) -> Box<dyn Instance>
where
    R: Representation<f64> + 'static,
    M: Model<R::Batch, f64> + Send + Sync + 'static,
{
    Box::new(Pair { representation, model, modality })
}

/// The instances of a task.
pub(crate) fn instances(task: &Task, count: usize) -> Result<Vec<Box<dyn Instance>>, BoxError> {
    match task.kind {
        Kind::Table => table(task, count),
        Kind::Picture => picture(task, count),
        Kind::Texts => texts(task, count),
        Kind::Polynomials => Ok(polynomials(task.features, count)),
    }
}

/// The names and the values of a table's columns but the last.
pub(crate) fn rows(path: &str) -> Result<(Vec<String>, DMatrix<f64>), BoxError> {
    let mut reader = csv::Reader::from_path(path).map_err(|e| format!("{path}: {e}"))?;
    let mut names: Vec<String> = reader.headers()?.iter().map(String::from).collect();
    names.pop();
    let mut values = Vec::new();
    for record in reader.records() {
        let record = record?;
        for cell in record.iter().take(names.len()) {
            values.push(cell.parse::<f64>().map_err(|e| format!("{path}: {cell:?}: {e}"))?);
        }
    }
    let rows = DMatrix::from_row_slice(values.len() / names.len(), names.len(), &values);
    Ok((names, rows))
}

/// Rows of a table spread over it, explained for the model's top output.
fn table(task: &Task, count: usize) -> Result<Vec<Box<dyn Instance>>, BoxError> {
    let (names, rows) = rows(&task.data)?;
    let table = Tabular::builder(&rows).feature_names(names.iter().cloned()).learn()?;
    let columns: Vec<ColumnSpec> = names.iter().map(ColumnSpec::number).collect();
    let model = AnyModel::load(&task.model, Runtime::Auto, &columns, Extra::Refuse)?;
    let leaves = lime::models::leaves(&task.model).ok().and_then(|leaves| leaves.with_columns(names.len()).ok());
    let step = rows.nrows() / count;
    let instances = (0..count).map(|i| -> Result<Box<dyn Instance>, BoxError> {
        let row: Vec<f64> = rows.row(i * step + step / 2).iter().copied().collect();
        let representation: TabularRepresentation<f64> = table.represent(&row)?;
        let sampled = Pair { representation, model: model.clone(), modality: Modality::Table };
        Ok(match &leaves {
            Some(leaves) => Box::new(Ensemble { sampled, leaves: leaves.clone() }),
            None => Box::new(sampled),
        })
    });
    instances.collect()
}

/// A picture cut in several ways into about so many superpixels, explained for its second output: what it shows.
fn picture(task: &Task, count: usize) -> Result<Vec<Box<dyn Instance>>, BoxError> {
    // ONNX Runtime, where its library is found, asks a network several times as fast.
    let model = ImageModel::load(&task.model, Runtime::OnnxRuntime)
        .or_else(|_| ImageModel::load(&task.model, Runtime::Tract))?;
    let picture = image::load(&task.data)?.image.to_rgb(&[255.0; 3])?.resize(128, 128)?;
    let cuts = (0..count).map(|cut| -> Result<Box<dyn Instance>, BoxError> {
        // SLIC makes fewer superpixels than it is asked for, by half in smooth parts: it is asked for more until there are as many, and
        // where it makes too many at once, the most similar neighbours are joined.
        let mut asked = task.features;
        let segments = loop {
            let slic = Slic::new(asked)?.sigma(1.0)?.compactness(4.0 + 2.0 * cut as f64)?;
            let segments = slic.segment(&picture)?;
            if segments.count() >= task.features || asked > 20 * task.features {
                break segments.merged(&picture, task.features)?;
            }
            asked += 1;
        };
        let builder = Superpixels::builder(&picture).segmenter(segments);
        let superpixels: Superpixels<f64, f32> = builder.layout(Layout::Nchw).scale(Scale::unit()).build()?;
        Ok(boxed(superpixels, model.clone(), Modality::Picture))
    });
    cuts.collect()
}

/// The texts of a file, a line each, with about so many different words; by the model, or by VADER.
fn texts(task: &Task, count: usize) -> Result<Vec<Box<dyn Instance>>, BoxError> {
    let lines = std::fs::read_to_string(&task.data).map_err(|e| format!("{}: {e}", task.data))?;
    let documents = lines.lines().filter_map(|line| Document::builder(line).build().ok());
    let fits = |document: &Document| {
        let features = Representation::<f64>::space(document).features();
        (task.features * 4 / 5..=task.features * 3 / 2).contains(&features)
    };
    let documents = documents.filter(fits).take(count);
    if !task.model.is_empty() {
        let model = Arc::new(TextModel::load(&task.model)?);
        return Ok(documents.map(|document| boxed(document, Arc::clone(&model), Modality::Text)).collect());
    }
    let sentiment = || {
        lime::model_fn(|texts: &Vec<String>| {
            let analyzer = SentimentIntensityAnalyzer::new();
            let compound = |text: &String| analyzer.polarity_scores(text).get("compound").copied().unwrap_or(0.0);
            DMatrix::from_iterator(texts.len(), 1, texts.iter().map(compound))
        })
    };
    Ok(documents.map(|document| boxed(document, sentiment(), Modality::Text)).collect())
}

/// c + a.z + z'Bz + tanh(b.z) with standard normal a and b, and B of half their size above the diagonal.
fn polynomials(features: usize, count: usize) -> Vec<Box<dyn Instance>> {
    let function = |index: usize| {
        let mut normals = StdRng::seed_from_u64(index as u64);
        // The sum of twelve uniforms: as good as normal here.
        let mut normal = || (0..12).map(|_| normals.random::<f64>()).sum::<f64>() - 6.0;
        let linear: Vec<f64> = (0..features).map(|_| normal()).collect();
        let inner: Vec<f64> = (0..features).map(|_| normal()).collect();
        let product = DMatrix::from_fn(features, features, |i, j| if i < j { 0.5 * normal() } else { 0.0 });
        let model = lime::model_fn(move |masks: &DMatrix<f64>| -> Vec<f64> {
            let products = masks * &product;
            (0..masks.nrows())
                .map(|row| {
                    let z = masks.row(row);
                    let of = |slopes: &[f64]| z.iter().zip(slopes).map(|(z, a)| z * a).sum::<f64>();
                    of(&linear) + products.row(row).dot(&z) + of(&inner).tanh()
                })
                .collect()
        });
        boxed(Direct::new(Space::masks(features)), model, Modality::Picture)
    };
    (0..count).map(function).collect()
}
