//! `lime text`.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lime::kernels::{Cosine, Exponential, Fixed, Interpretable, Radial};
use lime::models::{CommandModel, TextModel};
use lime::nalgebra::DMatrix;
use lime::samplers::{Deduplicated, Distinct, Exhaustive, MaskPairs, RemovedCount};
use lime::text::{
    Characters, Document, Lines, LongText, MaskString, Narrowed, Sentences, Tokenizer, UnicodeWords, Words,
};
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
    let document = document(args, &text, mask.clone())?;
    let features = document.space().features();
    let pool = parts::pool(args.run.threads)?;
    let destination = Destination::open(args.run.json.as_deref(), args.run.html.as_deref())?;
    let (done, features) = if features > args.at_most {
        pool.install(|| explain_long(args, (&text, mask), (&model, &outputs)))
    } else {
        (pool.install(|| explain(args, &document, (&model, &outputs), args.run.held_out)), features)
    };
    // The recommended preset does not choose features.
    let shown = match args.run.preset(&args.subject, features)? {
        Preset::Recommended => args.subject.features,
        Preset::Original => usize::MAX,
    };
    parts::keep(done, |explanation| destination.write_some(explanation, shown, Vec::new()))
}

/// Explains the model's prediction for a document, by the preset that goes with the number of its features.
fn explain(
    args: &TextArgs,
    document: &Document,
    (model, outputs): (&BlackBox, &[String]),
    held_out: usize,
) -> Result<Explanation, CliError> {
    let run = &args.run;
    let kernel = Radial::new(Interpretable(Cosine), Exponential, Fixed::new(args.kernel_width / 100.0)?);
    let features = document.space().features();
    let every = parts::is_enumerable(features, run);
    let targets = match args.target {
        Some(target) => Targets::Given(vec![target]),
        None => Targets::Top(args.subject.top.unwrap_or(1)),
    };
    if run.preset(&args.subject, features)? == Preset::Recommended {
        if every {
            let explainer = parts::explainer_of_every(Exhaustive::removed_count(), kernel, run);
            let explanation = named(explainer.targets(targets), outputs).explain_parallel(document, model)?;
            return Ok(parts::of_every(explanation, run));
        }
        let law = SizeLaw::removed_count().weighed_by_cosine(args.kernel_width / 100.0)?;
        let pairs = MaskPairs::new(law.clone()).with_own_sizes();
        // Rows that depend on how many there are cannot be stopped at.
        let sampler: Box<dyn Sampler<f64>> =
            if run.until.is_some() { Box::new(pairs) } else { Box::new(Distinct(pairs)) };
        let explainer = parts::explainer_of_masks(sampler, law, run).targets(targets).held_out(held_out);
        return Ok(parts::explain(&named(explainer, outputs), document, model, run)?);
    }
    // All masks weigh as much as their number, and a penalty is felt against the weight of the samples that were asked for.
    let (sampler, penalty): (Box<dyn Sampler<f64>>, f64) = if every {
        let share = (features as f64).exp2() / run.samples() as f64;
        (Box::new(Exhaustive::removed_count()), run.penalty() * share)
    } else {
        let sampler: Box<dyn Sampler<f64>> =
            if run.until.is_some() { Box::new(RemovedCount) } else { Box::new(Deduplicated(RemovedCount)) };
        (sampler, run.penalty())
    };
    let explainer = parts::explainer(sampler, kernel, Select::Auto, &args.subject, (run, penalty))?.targets(targets);
    let explainer = named(explainer, outputs);
    if every {
        let explanation = explainer.held_out(0).effective_samples(0).explain_parallel(document, model)?;
        return Ok(parts::of_every(explanation, run));
    }
    Ok(parts::explain(&explainer.held_out(held_out), document, model, run)?)
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
fn named<S, K, L, G>(explainer: Explainer<S, K, L, G>, outputs: &[String]) -> Explainer<S, K, L, G> {
    if outputs.is_empty() { explainer } else { explainer.output_names(outputs) }
}

/// Explains a long text in stages, each until the rule says so; with the number of features of the last. The calls of all stages count, and of
/// a stage that fails before anything is known the one before it is kept.
fn explain_long(
    args: &TextArgs,
    (text, mask): (&str, Option<MaskString>),
    (model, outputs): (&BlackBox, &[String]),
) -> (Result<Explanation, CliError>, usize) {
    let mut stages = Stages::default();
    let found = || -> Result<Narrowed<f64>, BoxError> {
        let mut long = LongText::new().tokenizer(tokenizer(args.units)).features(args.at_most)?;
        if args.positions {
            long = long.positions();
        }
        if let Some(mask) = mask {
            long = long.mask(mask);
        }
        long.narrow(text, |blocks| stages.add(explain(args, blocks, (model, outputs), 0)))
    };
    let done = match found() {
        Ok(Narrowed { coarse, document, units, .. }) => {
            let stages_before = coarse.len();
            let message = format!(
                "the text has {units} units: {stages_before} stage(s) of parts of it first, then those in the ones that count"
            );
            output::complain("note", &message);
            stages.add(explain(args, &document, (model, outputs), args.run.held_out))
        }
        Err(error) => Err(error.downcast().map_or_else(CliError::Text, |ours| *ours)),
    };
    let features = stages.last.as_ref().map_or(0, |last| last.feature_names.len());
    (done.map_err(|error| stages.interrupted(error)), features)
}

/// The last stage of which there is an explanation, with the calls of all before it.
#[derive(Default)]
struct Stages {
    last: Option<Explanation>,
}

impl Stages {
    /// Notes a stage, and counts the calls of those before it, too.
    fn add(&mut self, mut done: Result<Explanation, CliError>) -> Result<Explanation, CliError> {
        let known = match &mut done {
            Ok(explanation) => Some(explanation),
            Err(CliError::Explain(lime::Error::Interrupted { partial, .. })) => partial.as_deref_mut(),
            Err(_) => None,
        };
        if let Some(explanation) = known {
            explanation.model_calls += self.last.as_ref().map_or(0, |last| last.model_calls);
            self.last = Some(explanation.clone());
        }
        done
    }

    /// The error with the last stage there is an explanation of, where it has none itself.
    fn interrupted(self, error: CliError) -> CliError {
        let (last, mut cause) = match (self.last, error) {
            (Some(last), CliError::Explain(cause)) => (last, cause),
            (_, error) => return error,
        };
        let parts = last.feature_names.len();
        let message =
            format!("what there is of the explanation is by {parts} parts of the text, at which the stages have ended");
        output::complain("note", &message);
        if let lime::Error::Interrupted { partial, .. } = &mut cause {
            partial.get_or_insert_with(|| Box::new(last));
            return CliError::Explain(cause);
        }
        let (samples, partial) = (last.requested, Some(Box::new(last)));
        CliError::Explain(lime::Error::Interrupted { answered: 0, samples, partial, cause: Box::new(cause) })
    }
}
