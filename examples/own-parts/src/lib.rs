//! Every part of an explainer written by a user, against `lime-core` alone.
//!
//! The question: which switches of a pumping station decide whether it delivers? Each file is one trait of lime-core with one
//! implementation; `main.rs` puts them together, and `tests/explained.rs` checks the result by hand. Run it with
//! `cargo run --bin own-parts`.
//!
//! | file | trait | here |
//! |---|---|---|
//! | `station.rs` | `Representation` | switches that are on may be turned off |
//! | `delivery.rs` | `Model` | the station's logic, on stations and not on numbers |
//! | `every_setting.rs` | `Sampler`, `Design` | every combination of switches once |
//! | `halving.rs` | `Kernel`, `Similarity` | half the weight for every switch turned off |
//! | `with_an_effect.rs` | `Selector` | the switches whose answers differ |
//! | `average_effect.rs` | `Surrogate`, `Evidence`, `LocalModel` | mean answer with a switch on less that with it off |
//!
//! All of them but the station and its model are generic over f32 and f64, and over whatever other parts they meet.

mod average_effect;
mod delivery;
mod every_setting;
mod halving;
mod station;
mod with_an_effect;

pub use average_effect::{AverageEffect, Effects, Sums};
pub use delivery::Delivery;
pub use every_setting::EverySetting;
pub use halving::Halving;
pub use station::{Station, Switches};
pub use with_an_effect::WithAnEffect;
