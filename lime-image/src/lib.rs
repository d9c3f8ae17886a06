//! LIME for images: superpixels, fills, and the representation of a picture by both.
//!
//! ```text
//! picture --Segmenter--> superpixels --Fill--> what stands where one is hidden --Superpixels--> batches for the model
//! ```
//!
//! | part | trait | here |
//! |---|---|---|
//! | superpixels | [`Segmenter`] | [`Quickshift`], [`Slic`], [`Felzenszwalb`], [`Grid`], a label map of one's own ([`Segments`]), [`segmenter_fn`]; fewer of any: [`AtMost`] |
//! | fill | [`Fill`] | [`SegmentMean`], [`ImageMean`], [`Colour`], [`Blur`], [`Noise`], [`Inpaint`], another [`Image`], [`fill_fn`] |
//! | numbers of the model | [`Element`] | `f32`, `u8`; [`Scale`] and [`Layout`] say which numbers, and how they lie |
//! | what counts, as pixels | | [`Heatmap`], [`Highlight`], [`Segments::boundaries`] |
//! | files, sizes (feature `load`) | | `load`, `load_segments`, `Decoder`, `Image::save_png`, `save_segments`, `Image::resize` |
//!
//! [`explainer`] is the one to start with; [`original`] composes the original's `LimeImageExplainer`.

mod batch;
mod boundaries;
mod color;
mod connectivity;
mod convert;
mod density;
mod element;
mod error;
mod felzenszwalb;
mod fill;
mod fills;
mod forest;
mod gaussian;
mod grid;
mod heatmap;
mod highlight;
mod image;
#[cfg(feature = "load")]
mod load;
mod local_kmeans;
mod merge;
mod parameter;
mod preset;
mod quickshift;
#[cfg(feature = "load")]
mod resize;
#[cfg(feature = "load")]
mod save;
mod scale;
mod segmenter;
mod segments;
mod slic;
mod superpixels;
#[cfg(feature = "load")]
mod whole;

pub use crate::batch::{ImageBatch, Layout};
pub use crate::boundaries::Boundary;
pub use crate::element::Element;
pub use crate::error::Error;
pub use crate::felzenszwalb::Felzenszwalb;
pub use crate::fill::{Fill, FillFn, fill_fn};
pub use crate::fills::{Blur, Colour, ImageMean, Inpaint, Noise, SegmentMean};
pub use crate::grid::Grid;
pub use crate::heatmap::Heatmap;
pub use crate::highlight::{Highlight, Highlighted, Sign};
pub use crate::image::Image;
#[cfg(feature = "load")]
pub use crate::load::{Decoder, Loaded, Note, decode, load, load_segments};
pub use crate::merge::AtMost;
pub use crate::preset::{ImageExplainer, OriginalExplainer, explainer, original, recommended};
pub use crate::quickshift::Quickshift;
#[cfg(feature = "load")]
pub use crate::save::{encode_segments, save_segments};
pub use crate::scale::Scale;
pub use crate::segmenter::{Segmenter, SegmenterFn, segmenter_fn};
pub use crate::segments::{Bounds, Segments};
pub use crate::slic::Slic;
pub use crate::superpixels::{Superpixels, SuperpixelsBuilder};
#[cfg(feature = "load")]
pub use crate::whole::WholeFile;
