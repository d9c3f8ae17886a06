//! Time series as stretches of time that are kept or replaced.
//!
//! A [`Series`] is one instance, univariate or multivariate. [`Series::segments`] and [`Series::cut`] make a
//! [`SeriesRepresentation`] of it, a mask: z'_j is 1 where a segment is kept and 0 where a [`Replacement`] stands in its place.
//!
//! | replacement | a removed segment becomes | noise |
//! |---|---|---|
//! | [`SegmentMean`] (default) | its own mean | no |
//! | [`ChannelMean`] | the mean of its channel | no |
//! | [`Constant`] | a number, 0 or one for each channel | no |
//! | [`Interpolation`] | the line between the kept values on both sides | no |
//! | [`GaussianNoise`] | noise with its channel's mean and standard deviation | yes |
//! | [`Background`] | the same stretch of another series, or of one drawn from several | for several |
//!
//! Without noise a mask determines the model's input, as every mask once (`Exhaustive`) and Kernel SHAP (`Coalitions`) need.
//!
//! ```
//! use lime_core::{Explainer, model_fn};
//! use lime_kernels::Radial;
//! use lime_samplers::RemovedCount;
//! use lime_surrogates::{Ridge, selection::Auto};
//! use lime_tabular::{Sequences, series::Series};
//!
//! // A flat line with a bump in the second quarter, and a model of the highest value.
//! let values: Vec<f64> = (0..100).map(|t| (-0.02 * f64::from((t - 37) * (t - 37))).exp()).collect();
//! let top = |row: &[f64]| row.iter().copied().fold(f64::MIN, f64::max);
//! let model = model_fn(|batch: &Sequences<f64>| batch.iter().map(top).collect::<Vec<_>>());
//!
//! // The parts of Lime-For-Time (github.com/emanuel-metzenthin/Lime-For-Time), which are the original's for text.
//! let explainer = Explainer::new(RemovedCount, Radial::for_text(), Auto::default(), Ridge::default()).samples(1_000);
//! let row = Series::new(&values, 1)?.segments(4)?;
//! let explanation = explainer.explain(&row, &model)?;
//! assert_eq!(explanation.targets[0].features[0].name, "t 25..50");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod background;
mod channel_mean;
mod constant;
mod gaussian_noise;
mod instance;
mod interpolation;
mod replacement;
mod representation;
mod segment_mean;

pub use background::Background;
pub use channel_mean::ChannelMean;
pub use constant::Constant;
pub use gaussian_noise::GaussianNoise;
pub use instance::Series;
pub use interpolation::Interpolation;
pub use replacement::{Removed, Replacement};
pub use representation::SeriesRepresentation;
pub use segment_mean::SegmentMean;
