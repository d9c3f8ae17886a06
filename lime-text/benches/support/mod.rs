//! The texts that are explained here and, in `xtask/python/compare/lime/text.py`, by the original.

/// `words` words, of which the first `distinct` differ; after them word i is one of those, i^2 mod `distinct`.
pub(crate) fn text(words: usize, distinct: usize) -> String {
    let word = |i: usize| if i < distinct { i } else { i * i % distinct };
    (0..words).map(|i| format!("word{}{}", word(i), if i % 12 == 11 { ". " } else { " " })).collect()
}
