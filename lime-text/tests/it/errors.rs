//! Bad input is refused with the place and the reason, before the model is asked.

use std::ops::Range;

use lime_core::{BoxError, Error as CoreError, model_fn};
use lime_text::{
    Blocks, Characters, Document, Error, Lines, LongText, Mask, Pattern, Sentences, Tokenizer, UnicodeWords, Words,
    original, recommended, tokenizer_fn,
};
use nalgebra::DMatrix;

fn refused(built: Result<Document, BoxError>) -> Error {
    *built.unwrap_err().downcast::<Error>().unwrap()
}

#[test]
fn texts_without_units() {
    for text in ["", " ", ".,;!", "\r\n\t", "\u{301}\u{200d}", "—…"] {
        assert_eq!(refused(Document::builder(text).build()), Error::NoUnits { bytes: text.len() }, "{text:?}");
    }
    for tokenizer in [&Characters::new() as &dyn Tokenizer, &Sentences, &Lines, &UnicodeWords::new().symbols()] {
        assert_eq!(refused(Document::builder("").tokenizer(tokenizer).build()), Error::NoUnits { bytes: 0 });
    }
    let nothing = tokenizer_fn(|_| vec![String::new()]);
    assert_eq!(refused(Document::builder("text").tokenizer(nothing).build()), Error::NoUnits { bytes: 4 });
}

#[test]
fn one_word_is_explained() {
    let model = model_fn(|texts: &Vec<String>| -> Vec<f64> { texts.iter().map(|text| text.len() as f64).collect() });
    let document: Document = Document::builder("(word)").build().unwrap();
    let explanation = original().samples(50).explain(&document, &model);
    // All samples but the instance hide it, and the cosine kernel gives those e^-8.
    let target = &explanation.unwrap().targets[0];
    assert_eq!((target.features.len(), target.features[0].name.as_str()), (1, "word"));
    assert!(target.features[0].weight > 0.0);
    let explanation = recommended().samples(50).explain(&document, &model).unwrap();
    assert!((explanation.targets[0].features[0].weight - 4.0).abs() < 1e-9);
}

struct Spans(Vec<Range<usize>>);

impl Tokenizer for Spans {
    fn units(&self, _: &str) -> Result<Vec<Range<usize>>, BoxError> {
        Ok(self.0.clone())
    }
}

#[test]
#[allow(clippy::reversed_empty_ranges, clippy::single_range_in_vec_init)]
fn spans_that_are_no_parts_of_the_text() {
    let text = "né, two";
    for (spans, index, what) in [
        (vec![0..3, 2..5], 1, "begins before the end"),
        (vec![5..8, 0..3], 1, "begins before the end"),
        (vec![0..3, 0..3], 1, "begins before the end"),
        (vec![0..9], 0, "is not inside it"),
        (vec![usize::MAX - 1..usize::MAX], 0, "is not inside it"),
        (vec![0..2], 0, "inside a character"),
        (vec![2..4], 0, "inside a character"),
        (vec![0..1, 5..5], 1, "is empty"),
        (vec![5..3], 0, "is empty"),
    ] {
        let error = refused(Document::builder(text).tokenizer(Spans(spans.clone())).build());
        assert!(matches!(error, Error::Unit { index: at, bytes: 8, .. } if at == index), "{spans:?}: {error}");
        assert!(error.to_string().contains(what), "{spans:?}: {error}");
    }
}

#[test]
fn tokens_that_are_not_in_the_text() {
    let tokens = |list: &'static [&'static str]| tokenizer_fn(move |_| list.iter().map(|t| t.to_string()).collect());
    let error = refused(Document::builder("a b a").tokenizer(tokens(&["b", "a", "b"])).build());
    assert_eq!(error, Error::Token { index: 2, token: "b".into(), after: 5 });
    assert!(error.to_string().contains("token 2, \"b\", is not in the text after byte 5"), "{error}");
    assert!(Document::builder("a b a").tokenizer(tokens(&["b", "", "a"])).build::<f64>().is_ok());
}

#[test]
fn expressions_that_are_none() {
    for wrong in ["(", "[a", "a{2,1}", r"(?<=a)b", r"(a)\1"] {
        for refused in [Pattern::separators(wrong), Pattern::units(wrong)] {
            let error = refused.unwrap_err();
            assert!(matches!(&error, Error::Expression { expression, .. } if expression == wrong), "{error}");
        }
    }
}

#[test]
fn settings_out_of_range() {
    assert_eq!(Blocks::new(Words, 0).unwrap_err(), Error::Count { what: "blocks", count: 0, least: 1 });
    assert!(matches!(LongText::new().blocks(1), Err(Error::Count { what: "blocks", count: 1, least: 2 })));
    assert!(matches!(LongText::new().features(0), Err(Error::Count { what: "features", count: 0, least: 1 })));
    let error = refused(Document::builder("one two").units_within(&[0..3, 4..8]).build());
    assert_eq!(error, Error::Within { index: 1, range: 4..8, bytes: 7 });
    let error = refused(Document::builder("one two").units_within(&[0..2, 3..4]).build());
    assert_eq!(error, Error::NoUnits { bytes: 7 });
    assert!(Document::builder("one two").units_within(&[]).build::<f64>().is_err());
}

struct Refuses;

impl Mask for Refuses {
    fn mask(&self, unit: &str) -> Result<String, BoxError> {
        Err(format!("nothing stands for {unit:?}").into())
    }
}

#[test]
fn a_mask_may_refuse() {
    let error = Document::builder("one two").mask(Refuses).build::<f64>().unwrap_err();
    assert_eq!(error.to_string(), "nothing stands for \"one\"");
}

#[test]
fn models_that_answer_fewer_rows() {
    let document: Document = Document::builder("one two three").build().unwrap();
    let model = model_fn(|texts: &Vec<String>| DMatrix::<f64>::zeros(texts.len() - 1, 1));
    let error = original().samples(100).explain(&document, &model).unwrap_err();
    assert!(matches!(error, CoreError::AnswerRows { first: 0, asked: 100, answered: 99 }), "{error}");
}
