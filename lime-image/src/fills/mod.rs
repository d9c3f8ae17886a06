//! Fills, one a file.

mod blur;
mod colour;
mod image_mean;
mod inpaint;
mod noise;
mod segment_mean;

pub use blur::Blur;
pub use colour::Colour;
pub use image_mean::ImageMean;
pub use inpaint::Inpaint;
pub use noise::Noise;
pub use segment_mean::SegmentMean;
