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
    /// A colour that is none.
    #[error("the colour is {colour:?}: it must be finite numbers, one for each channel or one for all")]
    Colour {
        /// Its values.
        colour: Vec<f32>,
    },
    /// A colour for other channels.
    #[error("{given} values of a colour for a picture of {channels} channel(s): give one for each, or one for all")]
    ColourChannels {
        /// The number of values.
        given: usize,
        /// The picture's channels.
        channels: usize,
    },
    /// Channels that something cannot be done with.
    #[error("the picture has {channels} channel(s), and {what} takes {wanted}")]
    Channels {
        /// The picture's channels.
        channels: usize,
        /// What cannot be done.
        what: &'static str,
        /// What would do.
        wanted: &'static str,
    },
    /// Weights for other superpixels.
    #[error("{given} weights for {count} superpixels: give one for each")]
    Weights {
        /// The number of weights.
        given: usize,
        /// The number of superpixels.
        count: usize,
    },
    /// An explanation by other superpixels.
    #[error(
        "the explanation has a superpixel {index} and the label map {count} of them, counted from 0: give the label map that was explained"
    )]
    Feature {
        /// The explanation's superpixel.
        index: usize,
        /// The number of superpixels.
        count: usize,
    },
    /// A file that cannot be opened or read.
    #[error("cannot read {name}: {reason}")]
    Read {
        /// The file.
        name: String,
        /// What the system says.
        reason: String,
    },
    /// A file that cannot be written. What was there before is as it was.
    #[error("cannot write {name}: {reason}")]
    Write {
        /// The file.
        name: String,
        /// What the system says.
        reason: String,
    },
    /// No bytes at all.
    #[error("{name} is empty: there must be a picture in it (PNG, JPEG, WebP, TIFF or GIF)")]
    EmptyFile {
        /// The file.
        name: String,
    },
    /// A file of another kind, whatever it is called.
    #[error("{name} is {found}: convert it to PNG, JPEG, WebP, TIFF or GIF")]
    NotAPicture {
        /// The file.
        name: String,
        /// What it is.
        found: String,
    },
    /// A picture that ends too early or contradicts itself.
    #[error("{name} is damaged or cut off ({reason}): fetch it again, or save it anew from where it came from")]
    Damaged {
        /// The file.
        name: String,
        /// What the decoder says.
        reason: String,
    },
    /// A picture of a kind that is not read.
    #[error("{name} cannot be read here ({reason}): save it as a PNG of 8 or 16 bits")]
    UnsupportedPicture {
        /// The file.
        name: String,
        /// What the decoder says.
        reason: String,
    },
    /// A picture that takes more memory than it may: a few bytes of a file can claim any size.
    #[error(
        "{name} has {height} x {width} pixels of {channels} channel(s), which take {needed} bytes where {limit} are allowed: resize it, or raise the limit (Decoder::limit)"
    )]
    PictureLimit {
        /// The file.
        name: String,
        /// Its rows of pixels.
        height: u64,
        /// Its columns of pixels.
        width: u64,
        /// Its channels.
        channels: u64,
        /// 4 bytes a value.
        needed: u64,
        /// The limit.
        limit: u64,
    },
    /// A file that is longer than any picture within the limit.
    #[error(
        "{name} is longer than the {limit} bytes that are allowed: resize the picture, or raise the limit (Decoder::limit)"
    )]
    FileLimit {
        /// The file.
        name: String,
        /// The limit.
        limit: u64,
    },
    /// A picture that was read and is none.
    #[error("{name}: {source}")]
    InFile {
        /// The file.
        name: String,
        /// What is wrong with it.
        source: Box<Error>,
    },
    /// A label map that says nothing certain.
    #[error("{name} is no label map: {reason}")]
    LabelFile {
        /// The file.
        name: String,
        /// Why, and what to do.
        reason: String,
    },
    /// More superpixels than a file of 16 bits tells apart.
    #[error(
        "{count} superpixels are more than the 65536 that a label map of 16 bits tells apart: cut the picture into fewer"
    )]
    TooManySegments {
        /// Their number.
        count: usize,
    },
}
