//! The tokens of language models, by tokenizers written out here.

use lime_text::{Document, Error, SubWords, Tokenizer};
use serde_json::{Map, Value, json};

/// WordPiece as BERT has it, with its special tokens, truncation and padding.
fn word_piece() -> Value {
    let special = |id: u32, content: &str| {
        json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            "special": true})
    };
    json!({
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
        "padding": {"strategy": {"Fixed": 16}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
            "pad_type_id": 0, "pad_token": "[UNK]"},
        "added_tokens": [special(0, "[UNK]"), special(1, "[CLS]"), special(2, "[SEP]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
            "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "un": 3, "##believ": 4,
            "##able": 5, "naive": 6, ",": 7, "it": 8, "is": 9}},
    })
}

/// Byte pairs as GPT-2 has them, without any pair: every byte is a token.
fn bytes() -> Value {
    let printable = |byte: u32| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let mut vocab = Map::new();
    let mut others = 256;
    for byte in 0..256 {
        let point = if printable(byte) { byte } else { others };
        others += u32::from(!printable(byte));
        vocab.insert(char::from_u32(point).unwrap().to_string(), byte.into());
    }
    let byte_level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": true});
    json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": byte_level, "post_processor": byte_level, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocab, "merges": []}})
}

fn sub_words(saved: &Value) -> SubWords {
    SubWords::new(saved.to_string().parse().unwrap())
}

fn units<'t>(saved: &Value, text: &'t str) -> Vec<&'t str> {
    sub_words(saved).units(text).unwrap().into_iter().map(|unit| &text[unit]).collect()
}

/// Where they stand in the text as it is, not as it is normalised; nothing special, nothing cut off, nothing filled up.
#[test]
fn word_pieces_are_where_they_stand() {
    let text = "  Unbelievable, it is NAÏVE, is it, is it? ";
    let expected = ["Un", "believ", "able", ",", "it", "is", "NAÏVE", ",", "is", "it", ",", "is", "it", "?"];
    assert_eq!(units(&word_piece(), text), expected);
    let document: Document = Document::builder(text).tokenizer(sub_words(&word_piece())).build().unwrap();
    assert_eq!(document.words(), ["Un", "believ", "able", ",", "it", "is", "NAÏVE", "?"]);
    assert!(sub_words(&word_piece()).units("").unwrap().is_empty());
}

/// Tokens of one byte: characters of several bytes are one unit, and white space is none.
#[test]
fn bytes_of_a_character_are_one_unit() {
    assert_eq!(units(&bytes(), "a é👍 \nb"), ["a", "é", "👍", "b"]);
}

#[test]
fn files() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("tokenizer.json");
    std::fs::write(&file, word_piece().to_string()).unwrap();
    assert_eq!(SubWords::from_file(&file).unwrap().units("unbelievable").unwrap(), [0..2, 2..8, 8..12]);
    std::fs::write(&file, "{}").unwrap();
    for wrong in [file, folder.join("none.json")] {
        let error = SubWords::from_file(&wrong).unwrap_err();
        assert!(matches!(&error, Error::SubWords { of, .. } if of.contains("json")), "{error}");
    }
}
