//! `lime tabular`.

use std::fs;
use std::path::Path;

use lime::kernels::{Euclidean, Exponential, Fixed, Interpretable, Radial, RootDimension, Width};
use lime::models::{AnyModel, ColumnSpec, Extra};
use lime::nalgebra::DMatrix;
use lime::samplers::{Antithetic, Gaussian, Halton, LatinHypercube, MonteCarlo, Sobol};
use lime::surrogates::RichBasis;
use lime::surrogates::selection::HighestFitted;
use lime::tabular::{
    Around, Decile, Discretizer, Edges, Empirical, Entropy, EqualWidth, Kind, Quantiles, Quartile, RECOMMENDED_SAMPLES,
    Schema, Tabular, TabularBuilder, TabularRepresentation, TruncatedNormal, Uniform,
};
use lime::{Explainer, Explanation, Model, Representation as _, Sampler};

use super::args::{Bins, Centre, Draw, Missing, Select, TabularArgs, Within};
use super::data::{self, Data, Training};
use super::error::CliError;
use super::output::{self, Destination};
use super::parts;
use super::shared_args::{Preset, Until};

/// What is known before the model is asked.
struct Known {
    table: Tabular<f64>,
    row: Vec<f64>,
    /// The training rows, where they were read and kept.
    training: Option<DMatrix<f64>>,
    /// The label's name and its values.
    label: Option<String>,
    classes: Vec<String>,
}

pub(crate) fn run(args: &TabularArgs) -> Result<(), CliError> {
    output::check_apart(&args.run, &[("--save-explainer", &args.save_explainer)])?;
    let known = match &args.explainer {
        Some(path) => load_table(args, path)?,
        None => learn_table(args)?,
    };
    let representation = known.table.represent(&known.row).map_err(|error| of_row(args, &known, error))?;
    let model = load_model(args, known.table.schema())?;
    let preset = match (args.run.preset, args.sampler) {
        // Of columns that go together the recommended surrogate does not tell the coefficients of a few.
        (None, Some(Draw::Covariance)) => Preset::Original,
        _ => args.run.preset(&args.subject, representation.space().features())?,
    };
    let drawn = sampler(args, preset, &representation, known.training.as_ref())?;
    let pool = parts::pool(args.run.threads)?;
    let destination = Destination::open(args.run.json.as_deref(), args.run.html.as_deref())?;

    // How many outputs there are decides what they are called. A file that does not say is asked.
    let outputs = match model.outputs() {
        Some(outputs) => outputs,
        None => {
            let answer = model.predict(&DMatrix::from_row_slice(1, known.row.len(), &known.row));
            answer.map_err(|source| CliError::Predict { row: args.row, source })?.ncols()
        }
    };
    let names = output_names(&known, &model, outputs);
    let targets = parts::targets(args.target.as_deref(), args.subject.top, args.all_targets, outputs, &names)?;
    if let Some(path) = &args.save_explainer {
        let text = known.table.clone().with_output_names(names.iter().cloned()).to_json()?;
        output::replace(path, &text)?;
    }
    let exactly = |targets, names| -> Result<Explanation, CliError> {
        let leaves = lime::models::leaves(&args.model);
        let leaves = leaves.map_err(|source| CliError::Model { path: args.model.clone(), source })?;
        let leaves = leaves.with_columns(known.row.len())?;
        let exact = parts::with_outputs(Explainer::new((), kernel(args)?, (), ()), targets, outputs, names);
        Ok(exact.explain_exactly(&representation, &leaves)?)
    };
    if args.exact {
        return destination.write(&exactly(targets, names)?);
    }
    if wants_no_samples(args)
        && let Ok(exact) = exactly(targets.clone(), names.clone())
    {
        return destination.write_some(&exact, args.subject.features, Vec::new());
    }
    if preset == Preset::Recommended {
        let surrogate = RichBasis::new().logit(RichBasis::KEPT);
        let selector = HighestFitted::new(surrogate.without_errors(), args.subject.features)?;
        let recommended = parts::explainer_of(drawn, kernel(args)?, selector, surrogate, &args.run);
        let recommended = recommended.samples(args.run.samples.unwrap_or(RECOMMENDED_SAMPLES));
        let recommended = parts::with_outputs(recommended, targets, outputs, names);
        let done = pool.install(|| parts::explain(&recommended, &representation, &model, &args.run));
        return parts::keep(done, |explanation| destination.write(explanation));
    }
    let explainer =
        parts::explainer(drawn, kernel(args)?, Select::Auto, &args.subject, (&args.run, args.run.penalty()))?;
    let explainer = parts::with_outputs(explainer, targets, outputs, names);
    let done = pool.install(|| parts::explain(&explainer, &representation, &model, &args.run));
    parts::keep(done, |explanation| destination.write(explanation))
}

/// What is said of a row that does not go with what was learned: where its missing cells are unknown by --missing, the way out is there.
fn of_row(args: &TabularArgs, known: &Known, error: lime::tabular::Error) -> CliError {
    if !matches!(error, lime::tabular::Error::MissingCell { .. }) || args.missing == Missing::Level {
        return error.into();
    }
    let cells = known.table.schema().fields().iter().zip(&known.row);
    let columns = cells.filter(|(field, cell)| field.is_missing(**cell)).map(|(field, _)| field.name().to_string());
    CliError::RowLeftOut { row: args.row, columns: columns.collect() }
}

/// Whether nothing is asked that only samples or the original's parts have: then an exact explanation, where there is one, is the answer.
fn wants_no_samples(args: &TabularArgs) -> bool {
    let (run, subject) = (&args.run, &args.subject);
    let samples = run.samples.is_some() || run.until.is_some() || run.held_out > 0 || args.sampler.is_some();
    let original = run.preset == Some(Preset::Original) || subject.select.is_some() || run.alpha.is_some();
    !samples && !original
}

/// The table as it was learned before.
fn load_table(args: &TabularArgs, path: &Path) -> Result<Known, CliError> {
    let text = fs::read_to_string(path).map_err(|source| CliError::File { path: path.into(), source })?;
    let table =
        Tabular::from_json(&text).map_err(|source| CliError::Schema { path: path.into(), source: Box::new(source) })?;
    let row = data::read_row(args, table.schema())?;
    let classes = table.output_names().to_vec();
    Ok(Known { table, row, training: None, label: args.label.clone(), classes })
}

/// The table as the file tells it.
fn learn_table(args: &TabularArgs) -> Result<Known, CliError> {
    let data = Data::read(args)?;
    let table = match &data.training {
        Training::Rows(rows) => learn(args, &data, Tabular::builder(rows))?,
        Training::Summaries(columns) => learn(args, &data, Tabular::from_summaries(columns))?,
    };
    let training = match data.training {
        Training::Rows(rows) => Some(rows),
        Training::Summaries(_) => None,
    };
    Ok(Known { table, row: data.row, training, label: data.label, classes: data.classes })
}

fn learn<'a>(
    args: &'a TabularArgs,
    data: &'a Data,
    builder: TabularBuilder<'a, f64>,
) -> Result<Tabular<f64>, CliError> {
    let mut builder = builder.schema(data.schema.clone());
    for (column, field) in data.schema.fields().iter().enumerate() {
        if let Some(edges) = data.overrides.edges_of(field.name()) {
            builder = builder.discretizer_of(column, Edges::new(edges)?);
        }
    }
    if let Some(classes) = &data.row_classes {
        builder = builder.classes(classes);
    }
    builder = match args.within {
        Within::Normal => builder.within(TruncatedNormal),
        Within::Empirical => builder.within(Empirical),
        Within::Uniform => builder.within(Uniform),
    };
    let discretizer: Box<dyn Discretizer> = match &args.discretizer {
        Bins::Quartile => Box::new(Quartile),
        Bins::Decile => Box::new(Decile),
        Bins::Entropy if data.row_classes.is_none() => return Err(CliError::NoClasses),
        Bins::Entropy => Box::new(Entropy::default()),
        Bins::Quantiles(shares) => Box::new(Quantiles::new(shares)?),
        Bins::Width(bins) => Box::new(EqualWidth::new(*bins)?),
        Bins::None => {
            let around = match args.around {
                Some(Centre::Instance) => Around::Instance,
                _ => Around::Mean,
            };
            return Ok(builder.without_discretizer().around(around).learn()?);
        }
    };
    if args.around.is_some() {
        return Err(CliError::Around);
    }
    Ok(builder.discretizer(discretizer).learn()?)
}

/// The model, for rows of these columns.
fn load_model(args: &TabularArgs, schema: &Schema) -> Result<AnyModel, CliError> {
    let column = |field: &lime::tabular::Field| {
        let texts = match field.kind() {
            Kind::Boolean => None,
            kind => kind.levels(),
        };
        let column = match texts {
            Some(levels) => ColumnSpec::text(field.name(), levels),
            None => ColumnSpec::number(field.name()),
        };
        match &args.missing_text {
            Some(text) => column.with_missing(text),
            None => column,
        }
    };
    let columns: Vec<ColumnSpec> = schema.fields().iter().map(column).collect();
    let model = AnyModel::load(&args.model, args.runtime.into(), &columns, Extra::Refuse);
    model.map_err(|source| CliError::Model { path: args.model.clone(), source })
}

fn sampler(
    args: &TabularArgs,
    preset: Preset,
    row: &TabularRepresentation<f64>,
    training: Option<&DMatrix<f64>>,
) -> Result<Box<dyn Sampler<f64>>, CliError> {
    let Some(sampler) = args.sampler else {
        return Ok(match preset {
            Preset::Original => Box::new(MonteCarlo),
            Preset::Recommended => Box::new(Sobol::interleaved(8)?),
        });
    };
    Ok(match sampler {
        Draw::MonteCarlo => Box::new(MonteCarlo),
        Draw::LatinHypercube => Box::new(LatinHypercube::default()),
        Draw::Sobol => Box::new(Sobol::interleaved(8)?),
        Draw::Halton if args.run.until.is_some_and(Until::goes_by_errors) => return Err(CliError::UntilOfHalton),
        Draw::Halton => Box::new(Halton::default()),
        Draw::Antithetic => Box::new(Antithetic),
        Draw::Covariance if args.explainer.is_none() && args.discretizer != Bins::None => {
            return Err(CliError::CovarianceOfBins);
        }
        Draw::Covariance => {
            let training = training.ok_or(CliError::NoRowsKept)?;
            let covariance = row.covariance(training).map_err(CliError::Covariance)?;
            let gaussian = Gaussian::with_covariance(covariance)?;
            match args.around {
                Some(Centre::Instance) => Box::new(gaussian),
                _ => Box::new(gaussian.around_law()),
            }
        }
    })
}

type Kernel = Radial<Interpretable<Euclidean>, Exponential, Box<dyn Width<f64>>>;

fn kernel(args: &TabularArgs) -> Result<Kernel, CliError> {
    let width: Box<dyn Width<f64>> = match args.kernel_width {
        Some(width) => Box::new(Fixed::new(width)?),
        None => Box::new(RootDimension::default()),
    };
    Ok(Radial::new(Interpretable(Euclidean), Exponential, width))
}

/// The label's values, or what the model's file says, where there is one for each output; for a single output the label's own
/// name.
fn output_names(known: &Known, model: &AnyModel, outputs: usize) -> Vec<String> {
    if outputs == 1 && (known.label.is_some() || known.classes.len() != 1) {
        return known.label.iter().cloned().collect();
    }
    let labels = model.class_labels().filter(|labels| labels.len() == outputs);
    // Labels that are numbers say less than the table's texts.
    let told = labels
        .filter(|labels| known.classes.len() != outputs || labels.iter().any(|label| label.parse::<f64>().is_err()));
    match told {
        Some(labels) => labels.to_vec(),
        None if known.classes.len() == outputs => known.classes.clone(),
        None => Vec::new(),
    }
}
