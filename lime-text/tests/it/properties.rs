//! What holds for any text: nothing panics, offsets are of characters, what is shown is the text, and threads and batches
//! change nothing.

use std::ops::Range;

use lime_core::{Detail, Draw, Explanation, Representation, model_fn};
use lime_text::{
    Blocks, Characters, Document, Lines, MaskString, Pattern, Removal, Sentences, Tokenizer, UnicodeWords, Words,
    original,
};
use proptest::prelude::*;

fn tokenizers() -> Vec<Box<dyn Tokenizer>> {
    vec![
        Box::new(Words),
        Box::new(UnicodeWords::new()),
        Box::new(UnicodeWords::new().symbols()),
        Box::new(Characters::new()),
        Box::new(Characters::new().code_points()),
        Box::new(Sentences),
        Box::new(Lines),
        Box::new(Pattern::separators(r"\s+").unwrap()),
        Box::new(Pattern::separators("").unwrap()),
        Box::new(Pattern::separators(r"\b").unwrap()),
        Box::new(Pattern::units(r"\w*").unwrap()),
        Box::new(Pattern::units(r".").unwrap()),
        Box::new(Blocks::new(Words, 3).unwrap()),
        Box::new(Blocks::new(Characters::new(), 7).unwrap()),
    ]
}

/// A list of pairs, as representations give places; nothing where it is none.
fn pairs(detail: Option<&Detail>) -> Vec<Range<usize>> {
    let number =
        |detail: &Detail| if let Detail::Integer(number) = detail { usize::try_from(*number).ok() } else { None };
    let list = |detail: &Detail| if let Detail::List(list) = detail { list.clone() } else { Vec::new() };
    let pair = |detail: &Detail| Some(number(list(detail).first()?)?..number(list(detail).get(1)?)?);
    detail.map(list).unwrap_or_default().iter().filter_map(pair).collect()
}

/// Everything that must hold of a text, whatever the tokenizer.
fn check(text: &str) {
    for tokenizer in tokenizers() {
        let units = tokenizer.units(text).unwrap();
        let mut end = 0;
        for unit in &units {
            assert!(unit.start >= end && unit.start < unit.end && unit.end <= text.len(), "{units:?} of {text:?}");
            assert!(text.is_char_boundary(unit.start) && text.is_char_boundary(unit.end), "{units:?} of {text:?}");
            end = unit.end;
        }
        for positions in [false, true] {
            let builder = Document::builder(text).tokenizer(&tokenizer).mask(Removal);
            let built = if positions { builder.positions() } else { builder }.build::<f64>();
            let Ok(document) = built else {
                assert!(units.is_empty(), "{text:?}");
                continue;
            };
            let mut out = String::from("what was there before");
            document.write(|_| true, &mut out);
            assert_eq!(out, text);
            document.write(|_| false, &mut out);
            let mut separators = text.to_string();
            for unit in units.iter().rev() {
                separators.replace_range(unit.clone(), "");
            }
            assert_eq!(out, separators);
            check_features(&document, positions);
            check_restored(&document);
        }
    }
}

fn check_features(document: &Document, positions: bool) {
    let text = document.text();
    let words = document.words();
    let mut places = 0;
    for (feature, &word) in words.iter().enumerate() {
        let details = document.feature_details(feature);
        let (bytes, characters) = (pairs(details.get("bytes")), pairs(details.get("characters")));
        assert_eq!(bytes.len(), characters.len());
        for (bytes, characters) in bytes.iter().zip(&characters) {
            assert_eq!(&text[bytes.clone()], word);
            // Counted from the beginning of short texts, which takes the square of the length.
            if text.len() < 2_000 {
                assert_eq!(text[..bytes.start].chars().count(), characters.start);
            }
            assert_eq!(word.chars().count(), characters.len());
        }
        places += bytes.len();
    }
    assert_eq!(places, document.units().len());
    if positions {
        assert_eq!(words.len(), places);
    } else {
        let distinct: std::collections::HashSet<&str> = words.iter().copied().collect();
        assert_eq!(words.len(), distinct.len());
    }
}

/// Rows of a block are what `write` makes of them one by one, at any place of the batch.
fn check_restored(document: &Document) {
    let d = document.space().features();
    let rows = 5;
    let mut draw = Draw::new(document.space(), rows);
    for j in 0..d {
        for row in 0..rows {
            draw.z[(row, j)] = f64::from(u8::from((row * 31 + j * 17 + row * j) % 5 > 1));
        }
    }
    draw.set_instance(3, document.space());
    let mut batch = document.allocate(rows + 2);
    document.restore(&draw, &mut batch, 1).unwrap();
    let mut expected = String::new();
    for row in 0..rows {
        document.write(|feature| draw.z[(row, feature)] > 0.5, &mut expected);
        assert_eq!(batch[1 + row], expected);
    }
    assert_eq!(batch[4], document.text());
    assert!(batch[0].is_empty() && batch[rows + 1].is_empty());
}

#[test]
fn texts_that_are_hard() {
    for text in [
        "e\u{301}e\u{301} o\u{308}\u{301}",
        "👩‍👩‍👧‍👦 and 👍🏽👍🏽 and 🏳️‍🌈",
        "🇩🇪🇫🇷🇩🇪 🇩",
        "שלום עולם, مرحبا بالعالم! \u{202e}abc\u{202c}",
        "\0a\0\0b\0 \0",
        "one\r\ntwo\r\rthree\n\nfour\r\n",
        "क्षि नमस्ते ﷽ ไทยภาษา 你好世界 你好",
        "\u{feff}bom \u{200b}zero\u{200d}width\u{ad}soft",
        "a",
        "\u{301}",
        "\u{10ffff}\u{fffe}",
        "ß ẞ İi ıI ﬁ Ǆ",
        "½ ² Ⅻ ٣ 𝟘 _ __",
    ] {
        check(text);
    }
}

#[test]
fn a_long_text() {
    // More units than 64, and than a row of words of bits.
    check(&"wörd another👍 🇩🇪, third. ".repeat(300));
    let zalgo: String = std::iter::once('a').chain(std::iter::repeat_n('\u{301}', 5_000)).collect();
    check(&zalgo);
    check(&"a".repeat(20_000));
}

fn explain(document: &Document, batch_size: usize) -> Explanation {
    let model = model_fn(|texts: &Vec<String>| -> Vec<f64> {
        texts.iter().map(|text| text.bytes().map(f64::from).sum::<f64>() / 1_000.0).collect()
    });
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let explainer = original().samples(700).seed(9).batch_size(batch_size);
    let alone = explainer.explain(document, &model).unwrap();
    for threads in [1, 2] {
        assert_eq!(pool(threads).install(|| explainer.explain_parallel(document, &model)).unwrap(), alone);
    }
    alone
}

#[test]
fn threads_and_batches_change_nothing() {
    let text = "The quick brown fox, the lazy dog 👍🏽; and THE end. ".repeat(7);
    for builder in [
        Document::builder(&text),
        Document::builder(&text).positions(),
        Document::builder(&text).positions().mask(MaskString::new("[MASK]")).tokenizer(UnicodeWords::new().symbols()),
        Document::builder(&text).units_within(&[3..90, 95..120]),
    ] {
        let document: Document = builder.build().unwrap();
        let expected = explain(&document, 256);
        for batch_size in [1, 7, 255, 1_000] {
            assert_eq!(explain(&document, batch_size), expected, "{batch_size}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn texts_of_awkward_pieces(pieces in prop::collection::vec(prop::sample::select(vec![
        "a", "b ", "e\u{301}", "\u{301}", "\u{200d}", "👩", "👍🏽", "🇩", "🇪", "\r", "\n", "\0", " ", ".", "! ", "שלום",
        "_", "9", "क्षि", "你", "\u{202e}", "'", "\u{a0}", "\u{2028}",
    ]), 0..60)) {
        check(&pieces.concat());
    }

    /// Units inside ranges are those that lie in one of them, and all others stay.
    #[test]
    fn any_ranges(ends in prop::collection::vec((0usize..60, 0usize..60), 0..5)) {
        let text = "ab cde f ghij kl mno pq rst uvwx y z and more words to end it";
        let ranges: Vec<Range<usize>> = ends.into_iter().map(|(a, b)| a.min(b)..a.max(b)).collect();
        let inside = |unit: &Range<usize>| ranges.iter().any(|range| range.start <= unit.start && unit.end <= range.end);
        let all = Words.units(text).unwrap();
        let expected: Vec<Range<usize>> = all.into_iter().filter(inside).collect();
        match Document::builder(text).units_within(&ranges).build::<f64>() {
            Ok(document) => prop_assert_eq!(document.units(), expected),
            Err(_) => prop_assert!(expected.is_empty()),
        }
    }
}
