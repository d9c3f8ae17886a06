//! What can be wrong with a picture, its superpixels or its fill.

/// Pictures and settings that cannot be used. Rows, columns, channels and superpixels are counted from 0.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing to look at.
    #[error("the picture has {height} x {width} pixels of {channels} channel(s): at least one of each is needed")]
    Empty {
        /// Its rows.
        height: usize,
        /// Its columns.
        width: usize,
        /// Its channels.
        channels: usize,
    },
    /// More pixels than can be numbered.
    #[error("{height} x {width} pixels are more than 4294967295: take a smaller picture, or resize it")]
    TooLarge {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// A number of values that does not fit the shape.
    #[error("{found} values for {height} x {width} pixels of {channels} channel(s)")]
    Values {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Channels.
        channels: usize,
        /// The number of values.
        found: usize,
    },
    /// A white that is no brightness.
    #[error("white is {white}: it must be a finite number above 0 (255 for 8 bits, 1 for floating point)")]
    White {
        /// The value.
        white: f32,
    },
    /// A value that is NaN or infinite.
    #[error("row {row}, column {column}, channel {channel} of the picture is {value}: values must be finite numbers")]
    NotFinite {
        /// The row.
        row: usize,
        /// The column.
        column: usize,
        /// The channel.
        channel: usize,
        /// The value.
        value: f64,
    },
    /// A scale that is none.
    #[error("means {mean:?} and standard deviations {std:?}: as many finite numbers of each, deviations above 0")]
    Scale {
        /// The means.
        mean: Vec<f32>,
        /// The standard deviations.
        std: Vec<f32>,
    },
    /// A scale for other channels.
    #[error("{given} means for a picture of {channels} channel(s): give one for each, or one for all")]
    ScaleChannels {
        /// The number of means.
        given: usize,
        /// The picture's channels.
        channels: usize,
    },
    /// A label map of the wrong length.
    #[error("{found} labels for {height} x {width} pixels")]
    Labels {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// The number of labels.
        found: usize,
    },
    /// Superpixels of another picture.
    #[error("the label map has {} x {} pixels and the picture {height} x {width}: they must be of one size", found.0, found.1)]
    SegmentsSize {
        /// The picture's rows.
        height: usize,
        /// The picture's columns.
        width: usize,
        /// The label map's rows and columns.
        found: (usize, usize),
    },
    /// A fill of another shape.
    #[error(
        "the fill has the shape {found:?} and the picture {expected:?} (rows, columns, channels): they must be equal"
    )]
    FillShape {
        /// The picture's.
        expected: (usize, usize, usize),
        /// The fill's.
        found: (usize, usize, usize),
    },
    /// A fill of another brightness.
    #[error("white is {found} in the fill and {expected} in the picture: they must be equal")]
    FillWhite {
        /// The picture's white.
        expected: f32,
        /// The fill's.
        found: f32,
    },
    /// A setting out of its range.
    #[error("{component}: {parameter} is {value}: it must be {range}")]
    Parameter {
        /// The component.
        component: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        range: &'static str,
    },
}
