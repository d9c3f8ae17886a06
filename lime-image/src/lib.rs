//! LIME for images: superpixels, fills, and the representation of a picture by both.
//!
//! ```text
//! picture --Segmenter--> superpixels --Fill--> what stands where one is hidden --Superpixels--> batches for the model
//! ```
//!
//! | part | trait | here |
//! |---|---|---|
//! | superpixels | [`Segmenter`] | [`Slic`], [`Grid`], a label map of one's own ([`Segments`]), [`segmenter_fn`]; fewer of any: [`AtMost`] |
//! | fill | [`Fill`] | [`SegmentMean`], another [`Image`], [`fill_fn`] |
//! | numbers of the model | [`Element`] | `f32`, `u8`; [`Scale`] and [`Layout`] say which numbers, and how they lie |
//!
//! [`explainer`] composes the original's `LimeImageExplainer`.

mod batch;
mod color;
mod connectivity;
mod element;
mod error;
mod fill;
mod fills;
mod gaussian;
mod grid;
mod image;
mod local_kmeans;
mod merge;
mod preset;
mod scale;
mod segmenter;
mod segments;
mod slic;
mod superpixels;

pub use crate::batch::{ImageBatch, Layout};
pub use crate::element::Element;
pub use crate::error::Error;
pub use crate::fill::{Fill, FillFn, fill_fn};
pub use crate::fills::SegmentMean;
pub use crate::grid::Grid;
pub use crate::image::Image;
pub use crate::merge::AtMost;
pub use crate::preset::{ImageExplainer, explainer};
pub use crate::scale::Scale;
pub use crate::segmenter::{Segmenter, SegmenterFn, segmenter_fn};
pub use crate::segments::{Bounds, Segments};
pub use crate::slic::Slic;
pub use crate::superpixels::{Superpixels, SuperpixelsBuilder};
