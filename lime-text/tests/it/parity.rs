//! The original's words, texts and coefficients: lime 0.2.0.1 (see reference/README.md).

use crate::support::{json, numbers, texts};
use lime_core::{Explainer, Representation, Targets, model_fn};
use lime_kernels::Radial;
use lime_samplers::RemovedCount;
use lime_surrogates::Ridge;
use lime_surrogates::selection::NoSelection;
use lime_text::{Characters, Document, MaskString, Pattern, Tokenizer, Words};
use nalgebra::DMatrix;
use serde_json::Value;

const SEEDS: u64 = 600;

/// The representation of a case of the reference. The original's `mask_string` counts with `bow=False` only.
fn document(case: &Value) -> Document {
    let builder = Document::builder(case["text"].as_str().unwrap());
    match (case["bow"].as_bool().unwrap(), case["mask"].as_str()) {
        (true, _) => builder.build().unwrap(),
        (false, None) => builder.positions().build().unwrap(),
        (false, Some(mask)) => builder.positions().mask(MaskString::new(mask)).build().unwrap(),
    }
}

#[test]
fn words_positions_and_texts_are_the_originals() {
    let file = json("text.json");
    let cases = file["indexing"].as_array().unwrap();
    let (mut documents, mut removals) = (0, 0);
    for case in cases {
        if case.get("error").is_some() {
            // The original fails on a text without words; it is an error here too.
            assert!(Document::builder(case["text"].as_str().unwrap()).build::<f64>().is_err());
            continue;
        }
        let document = document(case);
        assert_eq!(document.words(), texts(&case["words"]), "{case}");
        for (feature, starts) in case["char_positions"].as_array().unwrap().iter().enumerate() {
            let details = serde_json::to_value(document.feature_details(feature)).unwrap();
            let ours: Vec<&Value> = details["characters"].as_array().unwrap().iter().map(|pair| &pair[0]).collect();
            assert_eq!(ours, starts.as_array().unwrap().iter().collect::<Vec<_>>(), "{case}");
        }
        let mut text = String::new();
        for inverse in case["inverse"].as_array().unwrap() {
            let removed = numbers(&inverse["removed"]);
            document.write(|feature| !removed.contains(&(feature as f64)), &mut text);
            assert_eq!(text, inverse["text"].as_str().unwrap(), "{case}");
            removals += 1;
        }
        documents += 1;
    }
    println!("{documents} documents, {removals} removals");
    assert!(documents == 40 && removals > 100);
}

/// Whatever Python's `\w` matches is part of a word, and nothing else is, but for characters that Unicode has added since:
/// `reference/word_characters.json` says which were unassigned.
#[test]
fn words_are_of_pythons_word_characters() {
    let file = json("word_characters.json");
    let in_ranges = |ranges: &Value| {
        let mut member = vec![false; 0x11_0000];
        for range in ranges.as_array().unwrap() {
            let (first, last) = (range[0].as_u64().unwrap() as usize, range[1].as_u64().unwrap() as usize);
            member[first..=last].fill(true);
        }
        member
    };
    let (word, unassigned) = (in_ranges(&file["word"]), in_ranges(&file["unassigned"]));
    let (mut words, mut added) = (0, 0);
    let mut text = String::new();
    for (point, character) in (0..0x11_0000).filter_map(|point| Some((point as usize, char::from_u32(point)?))) {
        text.clear();
        text.extend(['a', character, 'b']);
        let whole = Words.units(&text).unwrap().first() == Some(&(0..text.len()));
        words += usize::from(whole);
        if whole != word[point] {
            assert!(unassigned[point], "U+{point:04X}: a word here {whole}, in Python {}", word[point]);
            added += 1;
        }
    }
    println!("{words} characters of words, {added} of them unassigned in Unicode {}", file["unicode"]);
    assert!(words > 130_000);
}

/// What `[s for s in re.compile("(%s)|$" % e).split(text) if s]` and the original's `non_word` leave in Python 3.11.7.
#[test]
fn expressions_separate_as_the_originals() {
    for (expression, text, expected) in [
        (r"\s+", " it's a\twell-known fact\n", vec!["it's", "a", "well-known", "fact"]),
        (",", "a,b\n", vec!["a", "b"]),
        (",", "a\nb,\n,c\n\n", vec!["a\nb", "c\n"]),
        ("x", "\n", vec![]),
        ("x", "axxb", vec!["a", "b"]),
        (r"[.!?]\s*", "One. Two! Three", vec!["One", "Two", "Three"]),
        ("é", "naïvécafé", vec!["naïv", "caf"]),
        ("x", "a\r\n", vec!["a\r"]),
    ] {
        let units = Pattern::separators(expression).unwrap().units(text).unwrap();
        let found: Vec<&str> = units.into_iter().map(|unit| &text[unit]).collect();
        assert_eq!(found, expected, "{expression} on {text:?}");
    }
}

/// `IndexedCharacters("aé\u0301 a")` with bow=False and with bow=True.
#[test]
fn code_points_are_the_originals_characters() {
    let text = "aé\u{301} a";
    let builder = || Document::builder(text).tokenizer(Characters::new().code_points());
    let positions: Document = builder().positions().mask(MaskString::new("\0")).build().unwrap();
    assert_eq!(positions.words(), ["a", "é", "\u{301}", " ", "a"]);
    let mut out = String::new();
    positions.write(|feature| feature != 1 && feature != 4, &mut out);
    assert_eq!(out, "a\0\u{301} \0");
    let bag: Document = builder().build().unwrap();
    assert_eq!(bag.words(), ["a", "é", "\u{301}", " "]);
    bag.write(|feature| feature != 0, &mut out);
    assert_eq!(out, "é\u{301} ");
}

/// The reference's keyword model.
fn keywords(texts: &[String]) -> DMatrix<f64> {
    let mut out = DMatrix::zeros(texts.len(), 2);
    for (i, text) in texts.iter().enumerate() {
        let lower = text.to_lowercase();
        let units = Words.units(&lower).unwrap();
        let has = |word: &str| units.iter().any(|unit| &lower[unit.clone()] == word);
        let on = |condition: bool| f64::from(u8::from(condition));
        let score = 0.3 * on(has("great")) - 0.25 * on(has("bad")) - 0.4 * on(has("awful") || has("dull"))
            + 0.3 * on(has("good")) * if has("not") { -1.0 } else { 1.0 };
        let p = 1.0 / (1.0 + (-2.0 * score).exp());
        out[(i, 0)] = 1.0 - p;
        out[(i, 1)] = p;
    }
    out
}

#[test]
fn coefficients_are_the_originals() {
    for stats in json("text.json")["stats"].as_array().unwrap() {
        let builder = Document::builder(stats["text"].as_str().unwrap());
        let bow = stats["bow"].as_bool().unwrap();
        let document: Document = if bow { builder } else { builder.positions() }.build().unwrap();
        assert_eq!(document.words(), texts(&stats["words"]));
        let features = document.space().features();
        let mut coefficients = vec![Vec::new(); features + 1];
        for seed in 0..SEEDS {
            let explainer = Explainer::new(RemovedCount, Radial::for_text(), NoSelection, Ridge::default())
                .samples(stats["num_samples"].as_u64().unwrap() as usize)
                .seed(seed)
                .targets(Targets::Given(vec![1]));
            let explanation = explainer.explain(&document, &model_fn(|texts: &Vec<String>| keywords(texts))).unwrap();
            let target = &explanation.targets[0];
            coefficients[features].push(target.intercept.unwrap());
            for (of, weight) in coefficients.iter_mut().zip(target.dense(features)) {
                of.push(weight);
            }
        }
        let with = |name: &str, last: &str| {
            let mut all = numbers(&stats[name]);
            all.push(stats[last].as_f64().unwrap());
            all
        };
        let (means, sds) = (with("coef_mean", "intercept_mean"), with("coef_sd", "intercept_sd"));
        let (theirs, n) = (stats["seeds"].as_f64().unwrap(), SEEDS as f64);
        let (mut worst, mut spread): (f64, Vec<f64>) = (0.0, Vec::new());
        for ((ours, mean), sd) in coefficients.iter().zip(&means).zip(&sds) {
            let own = ours.iter().sum::<f64>() / n;
            let variance = ours.iter().map(|v| (v - own).powi(2)).sum::<f64>() / (n - 1.0);
            worst = worst.max((own - mean).abs() / (variance / n + sd * sd / theirs).sqrt());
            spread.push(variance.sqrt() / sd);
        }
        println!("bow {bow}: {} means, farthest {worst:.2} standard errors, spreads {spread:.3?}", means.len());
        assert!(worst < 4.0, "bow {bow}: {worst} standard errors");
        assert!(spread.iter().all(|ratio| (ratio - 1.0).abs() < 0.25), "bow {bow}: {spread:?}");
    }
}
