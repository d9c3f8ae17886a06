//! A detector of premature heartbeats, explained by stretches of the electrocardiogram.
//!
//! The signal is a sum of bell curves, the waves P to T of each beat, and the sixth beat comes early. The detector finds the beats
//! and compares the shortest interval between them with the usual one. Run with `cargo run --example time_series`.
#![allow(clippy::print_stdout)]

use lime::kernels::Radial;
use lime::report::Terminal;
use lime::samplers::RemovedCount;
use lime::surrogates::{Ridge, selection::HighestWeights};
use lime::tabular::Sequences;
use lime::tabular::series::{Interpolation, Series};
use lime::{BoxError, Explainer, model_fn};

/// Steps a second.
const RATE: f64 = 100.0;
/// When the beats come, in seconds.
const BEATS: [f64; 10] = [0.7, 1.7, 2.7, 3.7, 4.7, 5.2, 6.7, 7.7, 8.7, 9.7];
/// The waves of a beat: seconds from its peak, height in millivolts, width in seconds.
const WAVES: [(f64, f64, f64); 5] =
    [(-0.17, 0.15, 0.025), (-0.03, -0.12, 0.008), (0.0, 1.1, 0.01), (0.03, -0.25, 0.008), (0.28, 0.3, 0.04)];

fn main() -> Result<(), BoxError> {
    let beat = |t: f64| {
        WAVES.iter().map(|(at, height, width)| height * (-0.5 * ((t - at) / width).powi(2)).exp()).sum::<f64>()
    };
    let signal: Vec<f64> = (0..1_000).map(|i| BEATS.iter().map(|at| beat(f64::from(i) / RATE - at)).sum()).collect();

    // One segment for each half of a second; a straight line stands for what is removed.
    let heart = Series::new(&signal, 1)?.channel_names(["ecg"])?.segments(20)?.replacement(Interpolation)?;
    let detector = model_fn(|batch: &Sequences<f64>| batch.iter().map(premature).collect::<Vec<_>>());
    let explainer = Explainer::new(RemovedCount, Radial::for_text(), HighestWeights::new(6)?, Ridge::default());
    let explanation = explainer.output_names(["premature beat"]).explain(&heart, &detector)?;
    print!("{}", Terminal::new().render(&explanation));

    // The early beat and the one before it.
    let top: Vec<&str> = explanation.targets[0].features[..2].iter().map(|f| f.name.as_str()).collect();
    assert!(top.contains(&"ecg t 450..500") && top.contains(&"ecg t 500..550"), "{top:?}");
    Ok(())
}

/// How much shorter the shortest interval between beats is than the median, as a share of it.
fn premature(signal: &[f64]) -> f64 {
    let peak = |i: &usize| signal[*i] > 0.6 && signal[*i] > signal[i - 1] && signal[*i] >= signal[i + 1];
    let peaks: Vec<usize> = (1..signal.len() - 1).filter(peak).collect();
    let mut intervals: Vec<usize> = peaks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    intervals.sort_unstable();
    let Some(&shortest) = intervals.first() else { return 0.0 };
    1.0 - shortest as f64 / intervals[intervals.len() / 2] as f64
}
