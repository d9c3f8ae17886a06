//! `lime tabular`.

use lime::kernels::{Euclidean, Exponential, Fixed, Interpretable, Radial, RootDimension, Width};
use lime::models::OnnxModel;
use lime::nalgebra::DMatrix;
use lime::samplers::MonteCarlo;
use lime::surrogates::Ridge;
use lime::surrogates::selection::{Auto, ForwardSelection, HighestWeights, NoSelection};
use lime::tabular::{Around, Tabular};
use lime::{Error, Explainer, Model, Moments, Selector, Targets};

use super::args::{Bins, Centre, Select, TabularArgs};
use super::data::{Data, Kind};
use super::error::CliError;
use super::output::{self, Output};

pub(crate) fn run(args: &TabularArgs) -> Result<(), CliError> {
    let data = Data::read(args)?;
    let row = data.row(args.row)?;
    let (training, left_out) = data.training()?;
    let model = load(args, &data)?;
    let representation = learn(args, &data, &training)?.represent(&row)?;
    let destination = Output::open(args.json.as_deref())?;
    if left_out > 0 {
        let rows = training.nrows() + left_out;
        let message =
            format!("{left_out} of {rows} rows have missing cells and are left out of the training statistics");
        output::complain("note", &message);
    }

    // How many outputs there are decides what they are called. A file that does not say is asked.
    let outputs = match model.outputs() {
        Some(outputs) => outputs,
        None => {
            let answer = model.predict(&DMatrix::from_row_slice(1, row.len(), &row));
            answer.map_err(|source| CliError::Predict { row: args.row, source })?.ncols()
        }
    };
    let names = output_names(&data, outputs);
    let mut explainer = Explainer::new(MonteCarlo, kernel(args)?, selector(args)?, Ridge::new(args.alpha)?)
        .samples(args.samples)
        .seed(args.seed)
        .batch_size(args.batch)
        .targets(targets(args, outputs, &names)?);
    if names.len() == outputs {
        explainer = explainer.output_names(names);
    }
    let threads = args.threads.unwrap_or(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|source| CliError::Threads { threads, source })?;
    match pool.install(|| explainer.explain_parallel(&representation, &model)) {
        Ok(explanation) => destination.write(&explanation),
        Err(error) => {
            // What was computed before the failure is not lost.
            if let Error::Interrupted { partial: Some(partial), .. } = &error
                && let Err(unwritten) = destination.write(partial)
            {
                output::complain("error", &unwritten);
            }
            Err(error.into())
        }
    }
}

fn learn(args: &TabularArgs, data: &Data, training: &DMatrix<f64>) -> Result<Tabular<f64>, CliError> {
    let mut builder = Tabular::builder(training).feature_names(data.names());
    for (column, feature) in data.features.iter().enumerate() {
        builder = match &feature.kind {
            Kind::Continuous => builder,
            Kind::Categories => builder.categorical(column),
            Kind::Levels(levels) => builder.levels(column, levels.clone()),
        };
    }
    builder = match (args.discretizer, args.around) {
        (Bins::Quartile, None) => builder,
        (Bins::Quartile, Some(_)) => return Err(CliError::Around),
        (Bins::None, None | Some(Centre::Mean)) => builder.without_discretizer(),
        (Bins::None, Some(Centre::Instance)) => builder.without_discretizer().around(Around::Instance),
    };
    Ok(builder.learn()?)
}

fn load(args: &TabularArgs, data: &Data) -> Result<OnnxModel, CliError> {
    let fail = |source| CliError::Model { path: args.model.clone(), source };
    let model = OnnxModel::load(&args.model).map_err(fail)?;
    match model.inputs() {
        Some(takes) if takes != data.features.len() => Err(CliError::Width { takes, names: data.names() }),
        _ => Ok(model),
    }
}

type Kernel = Radial<Interpretable<Euclidean>, Exponential, Box<dyn Width<f64>>>;

fn kernel(args: &TabularArgs) -> Result<Kernel, CliError> {
    let width: Box<dyn Width<f64>> = match args.kernel_width {
        Some(width) => Box::new(Fixed::new(width)?),
        None => Box::new(RootDimension::default()),
    };
    Ok(Radial::new(Interpretable(Euclidean), Exponential, width))
}

fn selector(args: &TabularArgs) -> Result<Box<dyn Selector<f64, Moments>>, CliError> {
    Ok(match args.select {
        Select::None => Box::new(NoSelection),
        Select::Auto => Box::new(Auto::new(args.features)?),
        Select::Forward => Box::new(ForwardSelection::new(args.features)?),
        Select::HighestWeights => Box::new(HighestWeights::new(args.features)?),
    })
}

/// The label's values where there is one for each output; for a single output the label's own name.
fn output_names(data: &Data, outputs: usize) -> Vec<String> {
    match &data.label {
        Some(label) if outputs == 1 => vec![label.clone()],
        Some(_) if data.classes.len() == outputs => data.classes.clone(),
        _ => Vec::new(),
    }
}

fn targets(args: &TabularArgs, outputs: usize, names: &[String]) -> Result<Targets, CliError> {
    if args.all_targets {
        return Ok(Targets::All);
    }
    let Some(target) = &args.target else { return Ok(Targets::Top(args.top.unwrap_or(1))) };
    let by_name = names.iter().position(|name| name == target);
    let by_index = || target.parse().ok().filter(|index| *index < outputs);
    match by_name.or_else(by_index) {
        Some(index) => Ok(Targets::Given(vec![index])),
        None => Err(CliError::Target { target: target.clone(), outputs, classes: names.to_vec() }),
    }
}
