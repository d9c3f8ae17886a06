//! `lime text`.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lime::kernels::{Cosine, Exponential, Fixed, Interpretable, Radial};
use lime::models::{CommandModel, TextModel};
use lime::nalgebra::DMatrix;
use lime::samplers::{Deduplicated, Distinct, Exhaustive, MaskPairs, RemovedCount};
use lime::text::{Characters, Document, Lines, LongText, MaskString, Sentences, Tokenizer, UnicodeWords, Words};
use lime::{BoxError, Explainer, Explanation, Model, Representation as _, Sampler, SizeLaw, Targets};
use vader_sentiment::SentimentIntensityAnalyzer;

use super::args::Select;
use super::error::CliError;
use super::output::{self, Destination};
use super::parts;
use super::shared_args::Preset;
use super::text_args::{TextArgs, Units};

/// The models of this command, all of them of texts.
type BlackBox = Box<dyn Model<Vec<String>, f64> + Sync>;

pub(crate) fn run(args: &TextArgs) -> Result<(), CliError> {
    output::check_apart(&args.run, &[])?;
    let mask = mask(args)?;
    let text = text(args)?;
    let (model, outputs) = model(args)?;
    let kernel = Radial::new(Interpretable(Cosine), Exponential, Fixed::new(args.kernel_width / 100.0)?);
    let document = document(args, &text, mask.clone())?;
    let long = document.space().features() > args.at_most;
    let every = !long && parts::is_enumerable(document.space().features(), &args.run);
    let recommended = !long && args.run.preset(&args.subject, document.space().features())? == Preset::Recommended;
    let targets = match args.target {
        Some(target) => Targets::Given(vec![target]),
        None => Targets::Top(args.subject.top.unwrap_or(1)),
    };
    let pool = parts::pool(args.run.threads)?;
    let destination = Destination::open(args.run.json.as_deref(), args.run.html.as_deref())?;
    if recommended {
        let done = if every {
            let explainer = parts::explainer_of_every(Exhaustive::removed_count(), kernel, &args.run);
            let explainer = named(explainer.targets(targets), outputs);
            pool.install(|| explainer.explain_parallel(&document, &model))
        } else {
            let law = SizeLaw::removed_count().weighed_by_cosine(args.kernel_width / 100.0)?;
            let pairs = MaskPairs::new(law.clone()).with_own_sizes();
            // Rows that depend on how many there are cannot be stopped at.
            let sampler: Box<dyn Sampler<f64>> =
                if args.run.until.is_some() { Box::new(pairs) } else { Box::new(Distinct(pairs)) };
            let explainer = named(parts::explainer_of_masks(sampler, law, &args.run).targets(targets), outputs);
            pool.install(|| parts::explain(&explainer, &document, &model, &args.run))
        };
        return parts::keep(done, |explanation| destination.write_some(explanation, args.subject.features, Vec::new()));
    }
    // All masks weigh as much as their number, and a penalty is felt against the weight of the samples that were asked for.
    let (sampler, penalty): (Box<dyn Sampler<f64>>, f64) = if every {
        let share = (document.space().features() as f64).exp2() / args.run.samples() as f64;
        (Box::new(Exhaustive::removed_count()), args.run.penalty() * share)
    } else {
        let sampler: Box<dyn Sampler<f64>> =
            if args.run.until.is_some() { Box::new(RemovedCount) } else { Box::new(Deduplicated(RemovedCount)) };
        (sampler, args.run.penalty())
    };
    let explainer = parts::explainer(sampler, kernel, Select::Auto, &args.subject, (&args.run, penalty))?;
    let explainer = named(explainer.targets(targets), outputs);
    if every {
        let done = pool.install(|| explainer.held_out(0).effective_samples(0).explain_parallel(&document, &model));
        return parts::keep(done, |explanation| destination.write(explanation));
    }
    if long {
        let found = pool.install(|| explain_long(args, (&text, mask), &explainer, &model))?;
        return destination.write(&found);
    }
    let done = pool.install(|| parts::explain(&explainer, &document, &model, &args.run));
    parts::keep(done, |explanation| destination.write(explanation))
}

/// The text to explain.
fn text(args: &TextArgs) -> Result<String, CliError> {
    if let Some(text) = &args.text {
        return Ok(text.clone());
    }
    let (path, bytes): (PathBuf, io::Result<Vec<u8>>) = match &args.file {
        Some(path) => (path.clone(), fs::read(path)),
        None => {
            let mut bytes = Vec::new();
            (Path::new("standard input").into(), io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes))
        }
    };
    let bytes = bytes.map_err(|source| CliError::File { path: path.clone(), source })?;
    String::from_utf8(bytes).map_err(|error| CliError::NotUtf8 { path, byte: error.utf8_error().valid_up_to() })
}

/// The model, and the names of its outputs where they are known.
fn model(args: &TextArgs) -> Result<(BlackBox, Vec<String>), CliError> {
    if let Some(path) = &args.model {
        let model = TextModel::load(path).map_err(|source| CliError::Model { path: path.clone(), source })?;
        let labels = model.class_labels().map(<[String]>::to_vec).unwrap_or_default();
        return Ok((Box::new(model), labels));
    }
    Ok(match &args.exec {
        Some(command) => {
            let model = CommandModel::new(command).time_limit(Duration::from_secs_f64(args.time_limit.min(1e9)));
            (Box::new(model), Vec::new())
        }
        None => (Box::new(lime::model_fn(|texts: &Vec<String>| vader(texts))), vec!["compound".into()]),
    })
}

/// VADER's compound score of each text.
fn vader(texts: &[String]) -> DMatrix<f64> {
    let analyzer = SentimentIntensityAnalyzer::new();
    let compound = |text: &String| analyzer.polarity_scores(text).get("compound").copied().unwrap_or(0.0);
    DMatrix::from_iterator(texts.len(), 1, texts.iter().map(compound))
}

fn tokenizer(units: Units) -> Box<dyn Tokenizer> {
    match units {
        Units::Word => Box::new(Words),
        Units::UnicodeWord => Box::new(UnicodeWords::new()),
        Units::Char => Box::new(Characters::new()),
        Units::Sentence => Box::new(Sentences),
        Units::Line => Box::new(Lines),
    }
}

/// What stands where a unit is hidden, where it is not what a document has by itself.
fn mask(args: &TextArgs) -> Result<Option<MaskString>, CliError> {
    match &args.mask {
        Some(mask) => Ok(Some(MaskString::new(mask))),
        None if !(args.positions && args.units == Units::Char) => Ok(None),
        None if args.model.is_some() => Err(CliError::CharacterZero),
        None => Ok(Some(MaskString::new("\0"))),
    }
}

fn document(args: &TextArgs, text: &str, mask: Option<MaskString>) -> Result<Document, CliError> {
    let mut builder = Document::builder(text).tokenizer(tokenizer(args.units));
    if args.positions {
        builder = builder.positions();
    }
    if let Some(mask) = mask {
        builder = builder.mask(mask);
    }
    builder.build().map_err(CliError::Text)
}

/// The explainer with the names of the outputs, where they are known.
fn named<S, K, L, G>(explainer: Explainer<S, K, L, G>, outputs: Vec<String>) -> Explainer<S, K, L, G> {
    if outputs.is_empty() { explainer } else { explainer.output_names(outputs) }
}

fn explain_long<K, L, G>(
    args: &TextArgs,
    (text, mask): (&str, Option<MaskString>),
    explainer: &Explainer<Box<dyn Sampler<f64>>, K, L, G>,
    model: &BlackBox,
) -> Result<Explanation, CliError>
where
    K: lime::Kernel<f64, Vec<String>>,
    G: lime::Surrogate<f64>,
    L: lime::Selector<f64, G::Evidence>,
{
    let long = || -> Result<_, BoxError> {
        let mut long = LongText::new().tokenizer(tokenizer(args.units)).features(args.at_most)?;
        if args.positions {
            long = long.positions();
        }
        if let Some(mask) = mask {
            long = long.mask(mask);
        }
        long.explain(text, explainer, model)
    };
    let found = long().map_err(CliError::Text)?;
    let message = format!(
        "the text has {} units: {} stage(s) of sentences first, then those in the ones that count, all by the original preset",
        found.units,
        found.coarse.len()
    );
    output::complain("note", &message);
    Ok(found.fine)
}
