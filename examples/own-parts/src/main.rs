//! Explains why a pumping station delivers: `cargo run --bin own-parts`.
#![allow(clippy::print_stdout)]

use lime_core::{BoxError, Explainer};
use own_parts::{AverageEffect, Delivery, EverySetting, Halving, Station, Switches, WithAnEffect};

fn main() -> Result<(), BoxError> {
    let station = Station { mains: true, pumps: [true, true], light: true };
    let explainer = Explainer::new(EverySetting, Halving, WithAnEffect(0.01), AverageEffect);
    let explanation = explainer.explain(&Switches::<f64>::new(station), &Delivery)?;
    println!("delivers: {}, {} settings visited", explanation.prediction[0], explanation.samples);
    for feature in &explanation.targets[0].features {
        println!("{:<8}{:+.3}", feature.name, feature.weight);
    }
    Ok(())
}
