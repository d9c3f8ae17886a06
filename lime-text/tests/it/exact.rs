//! Explanations of texts without sampling error: against numpy's enumeration (reference/exact.json), and additive models.

use crate::support::{json, numbers};
use lime_core::{Explainer, Kernel, model_fn};
use lime_kernels::{Euclidean, Exponential, Interpretable, Radial, RootDimension, Unweighted};
use lime_samplers::{Exhaustive, RemovedCount};
use lime_surrogates::OrdinaryLeastSquares;
use lime_surrogates::selection::NoSelection;
use lime_text::{Document, Sentences, Tokenizer, UnicodeWords, Words};

/// The mask that a text tells of: word j is "wj".
fn mask(text: &str, d: usize) -> Vec<f64> {
    let words = Words.units(text).unwrap();
    (0..d).map(|j| f64::from(u8::from(words.iter().any(|word| text[word.clone()] == format!("w{j}"))))).collect()
}

fn check(name: &str, kernel: impl Kernel<f64, Vec<String>>) {
    for case in json("exact.json")["masks"].as_array().unwrap() {
        let d = case["d"].as_u64().unwrap() as usize;
        let (c0, a, c) = (case["c0"].as_f64().unwrap(), numbers(&case["a"]), numbers(&case["c"]));
        let b: Vec<Vec<f64>> = case["B"].as_array().unwrap().iter().map(numbers).collect();
        let f = move |z: &[f64]| {
            let dot = |u: &[f64], v: &[f64]| u.iter().zip(v).map(|(u, v)| u * v).sum::<f64>();
            c0 + dot(&a, z) + z.iter().zip(&b).map(|(z_i, row)| z_i * dot(row, z)).sum::<f64>() + dot(&c, z).tanh()
        };
        // Every word twice, so that a feature is several places of the text.
        let text: String = (0..2 * d).map(|i| format!("w{}, ", i % d)).collect();
        let document: Document = Document::builder(&text).build().unwrap();
        let model =
            model_fn(move |texts: &Vec<String>| -> Vec<f64> { texts.iter().map(|text| f(&mask(text, d))).collect() });
        let explainer = Explainer::new(Exhaustive::removed_count(), &kernel, NoSelection, OrdinaryLeastSquares::new());
        let explanation = explainer.samples(1 << d).explain(&document, &model).unwrap();
        let (target, limit) = (&explanation.targets[0], &case["limits"][name]);
        let mut errors = vec![
            target.intercept.unwrap() - limit["intercept"].as_f64().unwrap(),
            target.score - limit["weighted_r2"].as_f64().unwrap(),
        ];
        errors.extend(target.dense(d).iter().zip(numbers(&limit["coef"])).map(|(ours, theirs)| ours - theirs));
        assert!(errors.iter().all(|error| error.abs() < 1e-10), "{name}, d = {d}: {errors:?}");
    }
}

#[test]
fn limits_of_texts_are_numpys() {
    check("text/cosine_exp_0.25", Radial::for_text());
    check("text/euclidean_exp", Radial::new(Interpretable(Euclidean), Exponential, RootDimension::default()));
    check("text/uniform", Unweighted);
}

/// Words add their weights wherever they stand: each coefficient is the weight times the number of its places in a bag of
/// words, and the weight with positions, whatever is kept in every sample.
#[test]
fn additive_models_are_recovered() {
    let weight = |word: &str| word.bytes().map(f64::from).sum::<f64>() / 100.0 - 4.0;
    let model = model_fn(move |texts: &Vec<String>| -> Vec<f64> {
        let score = |text: &String| Words.units(text).unwrap().iter().map(|unit| weight(&text[unit.clone()])).sum();
        texts.iter().map(score).collect()
    });
    let text = "the cat and the dog and the bird ran, and ran. Über naïve Straße, the end";
    let removed =
        |name: &str| -> f64 { Words.units(name).unwrap().iter().map(|unit| weight(&name[unit.clone()])).sum() };
    let explainer =
        Explainer::new(RemovedCount, Radial::for_text(), NoSelection, OrdinaryLeastSquares::new()).samples(600);
    let removal = lime_text::Removal;
    for builder in [
        Document::builder(text),
        Document::builder(text).positions().mask(removal),
        Document::builder(text).positions().mask(removal).tokenizer(Sentences),
        Document::builder(text).tokenizer(UnicodeWords::new()).units_within(&[0..11, 40..text.len()]),
    ] {
        let document: Document = builder.build().unwrap();
        let explanation = explainer.explain(&document, &model).unwrap();
        for feature in &explanation.targets[0].features {
            let expected = removed(&feature.name) * document.units_of(feature.index).len() as f64;
            assert!((feature.weight - expected).abs() < 1e-9, "{feature:?} {expected}");
        }
    }
}
