//! Long texts: what counts is found, whatever its place, and nothing grows faster than the text.

use lime_core::{Explainer, Model, model_fn};
use lime_kernels::Radial;
use lime_samplers::RemovedCount;
use lime_surrogates::Ridge;
use lime_surrogates::selection::FixedFeatures;
use lime_text::{Error, LongText, MaskString, Pattern, Sentences, Tokenizer, Words, original};

/// A text of so many words, ten a sentence, with a sentence of its own in place of sentence `at`.
fn text(words: usize, at: usize, sentence: &str) -> String {
    let mut text = String::new();
    for i in 0..words / 10 {
        if i == at {
            text.push_str(sentence);
        } else {
            text.push_str(&format!("Word{i} of the many that say nothing at all here{}. ", i % 7));
        }
    }
    text
}

fn contains(word: &'static str) -> impl Model<Vec<String>, f64> + Sync {
    model_fn(move |texts: &Vec<String>| -> Vec<f64> {
        texts.iter().map(|text| f64::from(u8::from(text.contains(word)))).collect()
    })
}

const PLANTED: &str = "But the zeppelin is what this is all about today. ";

#[test]
fn a_word_in_a_hundred_thousand_is_found() {
    let model = contains("zeppelin");
    let explainer = original().samples(600).batch_size(50);
    for at in [0, 6_217, 9_999] {
        let text = text(100_000, at, PLANTED);
        let found = LongText::new().explain(&text, &explainer, &model).unwrap();
        assert!((99_000..101_000).contains(&found.units), "{}", found.units);
        // 500 words a block are more than 200 features: the block is cut once more, by sentences.
        assert_eq!(found.coarse.len(), 2);
        assert_eq!(found.coarse[0].feature_names.len(), 200);
        let top = &found.fine.targets[0].features[0];
        assert_eq!(top.name, "zeppelin");
        assert!(top.weight > 0.5 && found.fine.feature_names.len() <= 200);
        let place = text.find("zeppelin").unwrap();
        assert!(found.within.iter().any(|range| range.contains(&place)));
        let inside = Words
            .units(&text)
            .unwrap()
            .into_iter()
            .filter(|unit| found.within.iter().any(|range| range.start <= unit.start && unit.end <= range.end));
        assert_eq!(found.fine.frozen, [format!("{} units of the text", found.units - inside.count())]);
        if at == 6_217 {
            assert_eq!(LongText::new().explain(&text, &explainer, &model).unwrap(), found);
        }
    }
}

#[test]
fn one_stage_where_blocks_are_small_enough() {
    let text = text(1_000, 40, PLANTED);
    let long = LongText::new().blocks(50).unwrap().features(100).unwrap().positions().mask(MaskString::new("_"));
    let found = long.explain(&text, &original().samples(800), &contains("zeppelin")).unwrap();
    assert_eq!((found.coarse.len(), found.fine.feature_names.len()), (1, 100));
    assert_eq!(found.fine.targets[0].features[0].name, "zeppelin");
}

#[test]
fn short_texts_are_explained_as_they_are() {
    let found = LongText::new().explain(PLANTED, &original().samples(300), &contains("zeppelin")).unwrap();
    assert_eq!((found.coarse.len(), found.units, found.within.len()), (0, 10, 1));
    assert_eq!(found.within[0], 0..PLANTED.len());
    assert!(found.fine.frozen.is_empty());
    assert_eq!(found.fine.targets[0].features[0].name, "zeppelin");
}

/// A text without sentences is cut by its words, as often as needed.
#[test]
fn a_text_of_one_sentence() {
    let mut words: Vec<String> = (0..5_000).map(|i| format!("w{i}")).collect();
    words[3_333] = "zeppelin".into();
    let text = words.join(" ");
    assert_eq!(Sentences.units(&text).unwrap().len(), 1);
    let long = LongText::new().blocks(20).unwrap().features(30).unwrap();
    let found = long.explain(&text, &original().samples(400), &contains("zeppelin")).unwrap();
    assert_eq!(found.coarse.len(), 2);
    assert_eq!(found.fine.targets[0].features[0].name, "zeppelin");
    let long = long.features(1).unwrap();
    let found = long.explain(&text, &original().samples(400), &contains("zeppelin")).unwrap();
    assert_eq!(found.fine.feature_names, ["zeppelin"]);
}

#[test]
fn other_units_and_parts() {
    let text = "k=1;zeppelin=2;".to_string() + &"k=3;".repeat(400);
    let long = LongText::new()
        .tokenizer(Pattern::units("[a-z]+").unwrap())
        .sentences(Pattern::separators(";").unwrap())
        .blocks(50)
        .unwrap()
        .features(20)
        .unwrap();
    let found = long.explain(&text, &original().samples(400), &contains("zeppelin")).unwrap();
    assert_eq!(found.fine.targets[0].features[0].name, "zeppelin");
}

#[test]
fn blocks_without_units_are_nothing_to_look_into() {
    // The one block that is chosen has no word in it.
    let text = "!!! a b c d e f. g h i j k l. m n o p.".to_string();
    let parts = Pattern::units(r"!!!|[a-z ]+\.").unwrap();
    let long = LongText::new().sentences(parts).features(3).unwrap();
    let explainer =
        Explainer::new(RemovedCount, Radial::for_text(), FixedFeatures::new(vec![0]).unwrap(), Ridge::default())
            .samples(50);
    let error = long.explain(&text, &explainer, &contains("a")).unwrap_err();
    assert_eq!(*error.downcast::<Error>().unwrap(), Error::NoBlock { blocks: 4 });
}
