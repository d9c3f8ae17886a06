//! Long texts, in stages: which part counts, and which words of it.

use std::fmt;
use std::ops::Range;

use lime_core::{BoxError, Explainer, Explanation, Kernel, Model, Real, Selector, Source, Surrogate};

use crate::settings::Settings;
use crate::tokenizer::check;
use crate::tokenizers::blocks::merged;
use crate::{Document, DocumentBuilder, Error, Mask, Removal, Sentences, Tokenizer};

/// Explains a text of more units than samples can tell apart, in stages.
///
/// 1. Coarse: neighbouring sentences, in at most `blocks` blocks, are explained as units of their own.
/// 2. The blocks of the highest absolute weight (the greatest over the targets) are kept as long as there are at most
///    `features` units in them, the first one whatever it holds.
/// 3. Where that one holds more, 1. and 2. again inside it: its sentences, or its words where it is one sentence.
/// 4. Fine: the units inside the blocks kept are explained. All others are shown in every sample.
///
/// A text of no more than `features` units is explained as it is. The weights of the fine stage are those of a model that
/// reads the rest of the text unchanged; words of blocks that have been left out have none.
///
/// | setting | default | range |
/// |---|---|---|
/// | [`tokenizer`](Self::tokenizer) | [`Words`](crate::Words) | |
/// | [`sentences`](Self::sentences) | [`Sentences`] | |
/// | [`positions`](Self::positions) | a bag of words in the fine stage; blocks are always features of their own | |
/// | [`mask`](Self::mask) | that of [`Document::builder`] for units, [`Removal`] for blocks | |
/// | [`blocks`](Self::blocks) | 200 | >= 2 |
/// | [`features`](Self::features) | 200 | >= 1 |
///
/// Each stage asks the model for as many samples as the explainer has, and time and memory are linear in the text's length: a
/// batch holds [`batch_size`](Explainer::batch_size) copies of it.
///
/// ```
/// use lime_core::model_fn;
/// use lime_text::{LongText, explainer};
///
/// let mut text = "Nothing happened that day. ".repeat(300);
/// text.insert_str(2_700, "Then a dragon came. ");
/// let model = model_fn(|texts: &Vec<String>| -> Vec<f64> {
///     texts.iter().map(|text| f64::from(u8::from(text.contains("dragon")))).collect()
/// });
/// let long = LongText::new().blocks(40)?.features(60)?;
/// let found = long.explain(&text, &explainer().samples(1_000), &model)?;
/// assert_eq!(found.fine.targets[0].features[0].name, "dragon");
/// assert_eq!((found.coarse.len(), found.units), (1, 1_204));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub struct LongText<'a> {
    settings: Settings<'a>,
    sentences: Box<dyn Tokenizer + 'a>,
    blocks: usize,
    features: usize,
}

/// What [`LongText::explain`] finds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LongExplanation {
    /// The explanations by blocks, each inside what the one before it has kept: none where the text is short, one as a rule.
    pub coarse: Vec<Explanation>,
    /// The explanation by units.
    pub fine: Explanation,
    /// The ranges of bytes, in ascending order, whose units the fine explanation is about.
    pub within: Vec<Range<usize>>,
    /// The number of units of the whole text.
    pub units: usize,
}

/// What [`LongText::narrow`] finds: what [`LongExplanation`] has but for the fine stage, and what that is to explain.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Narrowed<F: Real> {
    /// As [`LongExplanation::coarse`].
    pub coarse: Vec<Explanation>,
    /// The text, of which the units inside `within` are features and all others are left alone.
    pub document: Document<F>,
    /// As [`LongExplanation::within`].
    pub within: Vec<Range<usize>>,
    /// As [`LongExplanation::units`].
    pub units: usize,
}

impl Default for LongText<'_> {
    fn default() -> Self {
        Self { settings: Settings::default(), sentences: Box::new(Sentences), blocks: 200, features: 200 }
    }
}

impl<'a> LongText<'a> {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the units of the fine stage are.
    #[must_use]
    pub fn tokenizer(mut self, tokenizer: impl Tokenizer + 'a) -> Self {
        self.settings = self.settings.tokenizer(tokenizer);
        self
    }

    /// What is merged into blocks: sentences, lines, paragraphs.
    #[must_use]
    pub fn sentences(mut self, tokenizer: impl Tokenizer + 'a) -> Self {
        self.sentences = Box::new(tokenizer);
        self
    }

    /// What stands where a unit or a block is hidden.
    #[must_use]
    pub fn mask(mut self, mask: impl Mask + 'a) -> Self {
        self.settings = self.settings.mask(mask);
        self
    }

    /// As [`DocumentBuilder::positions`], for the fine stage.
    #[must_use]
    pub fn positions(mut self) -> Self {
        self.settings = self.settings.positions();
        self
    }

    /// The most blocks of a coarse stage. At least 2; default 200.
    ///
    /// # Errors
    /// [`Error::Count`].
    pub fn blocks(mut self, blocks: usize) -> Result<Self, Error> {
        if blocks < 2 {
            return Err(Error::Count { what: "blocks", count: blocks, least: 2 });
        }
        self.blocks = blocks;
        Ok(self)
    }

    /// The most units of the fine stage. At least 1; default 200.
    ///
    /// # Errors
    /// [`Error::Count`].
    pub fn features(mut self, features: usize) -> Result<Self, Error> {
        if features == 0 {
            return Err(Error::Count { what: "features", count: 0, least: 1 });
        }
        self.features = features;
        Ok(self)
    }

    /// Explains the model's prediction for a text with this explainer, stage by stage.
    ///
    /// # Errors
    /// As [`DocumentBuilder::build`] and [`Explainer::explain`]; [`Error::NoBlock`] where a coarse stage names no block with
    /// a unit in it.
    pub fn explain<F, S, K, L, G, M>(
        &self,
        text: &str,
        explainer: &Explainer<S, K, L, G>,
        model: &M,
    ) -> Result<LongExplanation, BoxError>
    where
        F: Real,
        M: Model<Vec<String>, F> + ?Sized,
        S: Source<F, Document<F>>,
        K: Kernel<F, Vec<String>>,
        G: Surrogate<F>,
        L: Selector<F, G::Evidence>,
    {
        let Narrowed { coarse, within, units, document } =
            self.narrow(text, |document: &Document<F>| explainer.explain(document, model))?;
        let fine = explainer.explain(&document, model)?;
        Ok(LongExplanation { coarse, fine, within, units })
    }

    /// The coarse stages alone, each explained by a function of one's own: in parallel, until a rule says so, by an explainer that depends on
    /// the number of blocks. It is not called for a short text. The fine stage is an explanation of [`Narrowed::document`].
    ///
    /// ```
    /// use lime_core::{BoxError, model_fn};
    /// use lime_text::{LongText, explainer};
    ///
    /// let text = "Nothing happened that day. ".repeat(300) + "Then a dragon came.";
    /// let model = model_fn(|texts: &Vec<String>| -> Vec<f64> {
    ///     texts.iter().map(|text| f64::from(u8::from(text.contains("dragon")))).collect()
    /// });
    /// let blocks = explainer().samples(200);
    /// let long = LongText::new().blocks(40)?.features(60)?;
    /// let narrowed = long.narrow(&text, |document| blocks.explain_parallel(document, &model))?;
    /// let words = explainer().samples(1_000).explain_parallel(&narrowed.document, &model)?;
    /// assert_eq!(words.targets[0].features[0].name, "dragon");
    /// # Ok::<(), BoxError>(())
    /// ```
    ///
    /// # Errors
    /// As [`DocumentBuilder::build`]; what the function says; [`Error::NoBlock`] where an explanation names no block with a unit in it.
    pub fn narrow<F: Real, E: Into<BoxError>>(
        &self,
        text: &str,
        mut explain: impl FnMut(&Document<F>) -> Result<Explanation, E>,
    ) -> Result<Narrowed<F>, BoxError> {
        let all = self.settings.tokenizer.units(text)?;
        check(text, &all)?;
        let sentences = if all.len() > self.features { self.sentences.units(text)? } else { Vec::new() };
        check(text, &sentences)?;
        let mut coarse = Vec::new();
        let mut within: Vec<Range<usize>> = std::iter::once(0..text.len()).collect();
        let mut units = all.clone();
        let mut pieces = sentences;
        while units.len() > self.features {
            if pieces.len() < 2 {
                pieces.clone_from(&units);
            }
            let blocks = merged(&pieces, self.blocks);
            let document: Document<F> = DocumentBuilder::new(text, self.of_blocks(&blocks)).build()?;
            let explanation = explain(&document).map_err(Into::into)?;
            within = self.best(&explanation, &blocks, &units)?;
            coarse.push(explanation);
            for places in [&mut units, &mut pieces] {
                places.retain(|place| holder(&within, place).is_some());
            }
        }
        let document = DocumentBuilder::new(text, self.settings.with_units(&all)).units_within(&within).build()?;
        Ok(Narrowed { coarse, document, within, units: all.len() })
    }

    /// Blocks are features of their own, and removed unless there is a mask.
    fn of_blocks<'b>(&'b self, blocks: &'b [Range<usize>]) -> Settings<'b> {
        let settings = self.settings.with_units(blocks).positions();
        if settings.mask.is_some() { settings } else { settings.mask(Removal) }
    }

    /// The blocks to look into, in the order of the text.
    fn best(
        &self,
        explanation: &Explanation,
        blocks: &[Range<usize>],
        units: &[Range<usize>],
    ) -> Result<Vec<Range<usize>>, Error> {
        let mut inside = vec![0usize; blocks.len()];
        for block in units.iter().filter_map(|unit| holder(blocks, unit)) {
            inside[block] += 1;
        }
        let mut weights: Vec<Option<f64>> = vec![None; blocks.len()];
        for feature in explanation.targets.iter().flat_map(|target| &target.features) {
            if let Some(weight) = weights.get_mut(feature.index) {
                *weight = Some(weight.map_or(0.0, |known| known).max(feature.weight.abs()));
            }
        }
        let mut ranked: Vec<(usize, f64)> =
            weights.iter().enumerate().filter_map(|(block, weight)| Some((block, (*weight)?))).collect();
        ranked.retain(|&(block, _)| inside[block] > 0);
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut total = 0;
        let mut chosen = Vec::new();
        for (block, _) in ranked {
            total += inside[block];
            if total > self.features && !chosen.is_empty() {
                break;
            }
            chosen.push(block);
        }
        if chosen.is_empty() {
            return Err(Error::NoBlock { blocks: blocks.len() });
        }
        chosen.sort_unstable();
        Ok(chosen.into_iter().map(|block| blocks[block].clone()).collect())
    }
}

impl fmt::Debug for LongText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongText")
            .field("positions", &self.settings.positions)
            .field("blocks", &self.blocks)
            .field("features", &self.features)
            .finish_non_exhaustive()
    }
}

/// Which of some ranges, in ascending order and apart, holds a place.
fn holder(ranges: &[Range<usize>], place: &Range<usize>) -> Option<usize> {
    let last = ranges.partition_point(|range| range.start <= place.start).checked_sub(1)?;
    (place.end <= ranges.get(last)?.end).then_some(last)
}
