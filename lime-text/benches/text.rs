//! 5000 samples around a text, a model that answers at once: perturbing and fitting, one thread.
#![allow(clippy::unwrap_used)]

mod support;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lime_core::{Explainer, Representation, model_fn};
use lime_text::{Document, original};
use support::text;

fn all(c: &mut Criterion) {
    let model = model_fn(|texts: &Vec<String>| -> Vec<f64> { texts.iter().map(|text| text.len() as f64).collect() });
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Elements(Explainer::<(), (), (), ()>::SAMPLES as u64)).sample_size(20);
    for (name, builder) in [
        ("bag_60", Document::builder(&text(60, 60))),
        ("bag_400_240", Document::builder(&text(400, 240))),
        ("positions_443", Document::builder(&text(443, 240)).positions()),
    ] {
        let document: Document = builder.build().unwrap();
        assert!(name.ends_with(&document.space().features().to_string()));
        group.bench_function(name, |b| b.iter(|| original().explain(&document, &model).unwrap()));
    }
    group.finish();
}

criterion_group!(benches, all);
criterion_main!(benches);
