//! The example's result, by hand, and the promises that parts of one's own get with the traits.
#![allow(clippy::unwrap_used)]

use lime_core::{Explainer, Explanation, Kernel, Model, Real, Sampler, Selector, Surrogate};
use own_parts::{AverageEffect, Delivery, Effects, EverySetting, Halving, Station, Sums, Switches, WithAnEffect};

const STATION: Station = Station { mains: true, pumps: [true, true], light: true };

fn explainer() -> Explainer<EverySetting, Halving, WithAnEffect, AverageEffect> {
    Explainer::new(EverySetting, Halving, WithAnEffect(0.01), AverageEffect)
}

fn effects(explanation: &Explanation) -> Vec<f64> {
    explanation.targets[0].dense(4)
}

/// With the mains on, at least one pump is on with weight 8/9; a pump matters where the mains are on and the other pump is off,
/// 2/3 of 1/3. The light is not chosen.
#[test]
fn effects_are_those_worked_out_by_hand() {
    let explanation = explainer().explain(&Switches::<f64>::new(STATION), &Delivery).unwrap();
    let expected = [8.0 / 9.0, 2.0 / 9.0, 2.0 / 9.0, 0.0];
    assert!(effects(&explanation).iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12));
    let names: Vec<&str> = explanation.targets[0].features.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names[0], "mains");
    assert_eq!(names.len(), 3);
    assert_eq!((explanation.samples, explanation.model_calls), (16, 16));
}

#[test]
fn the_same_in_f32_boxed_in_parallel_and_in_odd_batches() {
    fn close<F: Real>(batch: usize) {
        let explanation = explainer().batch_size(batch).explain(&Switches::<F>::new(STATION), &Delivery).unwrap();
        assert!((effects(&explanation)[0] - 8.0 / 9.0).abs() < 1e-6);
    }
    close::<f32>(256);
    let switches = Switches::<f64>::new(STATION);
    let plain = explainer().explain(&switches, &Delivery).unwrap();
    for batch in [1, 3, 16] {
        close::<f32>(batch);
        let parallel = explainer().batch_size(batch).explain_parallel(&switches, &Delivery).unwrap();
        assert_eq!(effects(&parallel), effects(&plain));
    }
    let sampler: Box<dyn Sampler<f64>> = Box::new(EverySetting);
    let kernel: Box<dyn Kernel<f64, Vec<Station>>> = Box::new(Halving);
    let selector: Box<dyn Selector<f64, Sums>> = Box::new(WithAnEffect(0.01));
    let surrogate: Box<dyn Surrogate<f64, Evidence = Sums, Fit = Effects>> = Box::new(AverageEffect);
    let model: Box<dyn Model<Vec<Station>, f64>> = Box::new(Delivery);
    let boxed = Explainer::new(sampler, kernel, selector, surrogate).explain(&switches, &model).unwrap();
    assert_eq!(effects(&boxed), effects(&plain));
}

#[test]
fn what_a_part_refuses_is_said_with_its_stage() {
    let alone = Station { mains: true, ..Station::default() };
    let one = Explainer::new(
        lime_core::sampler_fn(|_, _, z: &mut [f64]| z[0] = 0.0),
        Halving,
        WithAnEffect(0.0),
        AverageEffect,
    );
    let error = one.explain(&Switches::<f64>::new(alone), &Delivery).unwrap_err().to_string();
    assert!(error.contains("surrogate") && error.contains("switch 1 was seen in one position only"), "{error}");
}
