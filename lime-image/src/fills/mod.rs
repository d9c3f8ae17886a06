//! Fills, one a file.

mod segment_mean;

pub use segment_mean::SegmentMean;
