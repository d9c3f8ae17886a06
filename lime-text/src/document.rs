//! A text by its units.

use std::collections::HashMap;
use std::ops::Range;

use lime_core::{BoxError, Detail, Details, Draw, Real, Representation, Space, Vectorised, on_widest_vectors};

use crate::settings::Settings;
use crate::spliced::{Spliced, WORD};
use crate::tokenizer::check;
use crate::{Error, Mask, Tokenizer};

/// One text by its units: z' says which are shown (1) and which are hidden (0), where something else stands or nothing.
///
/// A model's input is a `Vec<String>`, as many texts as it is asked for at once; its memory is used again from batch to
/// batch.
///
/// ```
/// use lime_core::model_fn;
/// use lime_text::{Document, explainer};
/// use nalgebra::DMatrix;
///
/// let document: Document = Document::builder("great food, great staff, bad music").build()?;
/// assert_eq!(document.words(), ["great", "food", "staff", "bad", "music"]);
///
/// let model = model_fn(|texts: &Vec<String>| {
///     let score = |text: &String| f64::from(text.contains("great")) - 0.5 * f64::from(text.contains("bad"));
///     DMatrix::from_iterator(texts.len(), 1, texts.iter().map(score))
/// });
/// let explanation = explainer().explain(&document, &model)?;
/// let features = &explanation.targets[0].features;
/// assert_eq!((features[0].name.as_str(), features[1].name.as_str()), ("great", "bad"));
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Document<F: Real = f64> {
    text: String,
    units: Vec<Range<usize>>,
    /// The same in characters (code points).
    characters: Vec<Range<usize>>,
    /// The feature of each unit.
    feature_of: Vec<usize>,
    spliced: Spliced,
    /// The units of each feature.
    units_of: Vec<Vec<usize>>,
    /// How many units of the text are no feature's.
    kept: usize,
    space: Space<F>,
}

impl Document {
    /// Starts the representation of a text.
    pub fn builder(text: &str) -> DocumentBuilder<'_> {
        DocumentBuilder::new(text, Settings::default())
    }
}

impl<F: Real> Document<F> {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the units stand in the text, in bytes.
    pub fn units(&self) -> &[Range<usize>] {
        &self.units
    }

    /// The units of a feature, as places in [`units`](Self::units): one with positions, all equal ones in a bag of words.
    /// None where there is no such feature.
    pub fn units_of(&self, feature: usize) -> &[usize] {
        self.units_of.get(feature).map_or(&[], Vec::as_slice)
    }

    /// The text of each feature.
    pub fn words(&self) -> Vec<&str> {
        self.units_of.iter().filter_map(|units| self.text.get(self.units.get(*units.first()?)?.clone())).collect()
    }

    /// The text with the features hidden for which `shown` says no, in place of what `out` holds.
    pub fn write(&self, shown: impl Fn(usize) -> bool, out: &mut String) {
        let word = |features: &[usize]| {
            features.iter().enumerate().fold(0, |word, (bit, &feature)| word | u64::from(!shown(feature)) << bit)
        };
        let words: Vec<u64> = self.feature_of.chunks(WORD).map(word).collect();
        self.spliced.write(&words, std::slice::from_mut(out));
    }
}

impl<F: Real> Representation<F> for Document<F> {
    type Batch = Vec<String>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        self.words().into_iter().map(String::from).collect()
    }

    fn frozen(&self) -> Vec<String> {
        if self.kept == 0 { Vec::new() } else { vec![format!("{} units of the text", self.kept)] }
    }

    fn kind(&self) -> &str {
        "text"
    }

    fn details(&self) -> Details {
        Details::new().with("text", self.text.as_str()).with("units", self.units.len())
    }

    fn feature_details(&self, feature: usize) -> Details {
        let pairs = |places: &[Range<usize>]| -> Detail {
            let units = self.units_of(feature).iter().filter_map(|&unit| places.get(unit));
            Detail::List(units.map(|place| vec![place.start.into(), place.end.into()].into()).collect())
        };
        Details::new().with("bytes", pairs(&self.units)).with("characters", pairs(&self.characters))
    }

    fn allocate(&self, rows: usize) -> Vec<String> {
        vec![String::new(); rows]
    }

    fn fits(&self, _: &Vec<String>) -> bool {
        true
    }

    fn resize(&self, batch: &mut Vec<String>, rows: usize) {
        batch.resize(rows, String::new());
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut Vec<String>, at: usize) -> Result<(), BoxError> {
        let rows = draw.rows();
        if rows == 0 {
            return Ok(());
        }
        // For every so many units a word a row, whose bits say which are hidden: columns of z' are read along.
        let mut words = vec![0u64; rows * self.units.len().div_ceil(WORD)];
        for (words, features) in words.chunks_exact_mut(rows).zip(self.feature_of.chunks(WORD)) {
            for (bit, &feature) in features.iter().enumerate() {
                on_widest_vectors(Bits { z: draw.z.column(feature).data.into_slice(), bit, words });
            }
        }
        if let Some(texts) = batch.get_mut(at..at + rows) {
            self.spliced.write(&words, texts);
        }
        for &row in &draw.instance {
            self.instance(batch, at + row)?;
        }
        Ok(())
    }

    fn instance(&self, batch: &mut Vec<String>, at: usize) -> Result<(), BoxError> {
        if let Some(text) = batch.get_mut(at) {
            text.clone_from(&self.text);
        }
        Ok(())
    }
}

/// Sets a bit of the words of the rows that hide a unit.
struct Bits<'a, F> {
    z: &'a [F],
    bit: usize,
    words: &'a mut [u64],
}

impl<F: Real> Vectorised for Bits<'_, F> {
    #[inline(always)]
    fn run(self) {
        let half = F::of(0.5);
        for (word, &z) in self.words.iter_mut().zip(self.z) {
            *word |= u64::from(z <= half) << self.bit;
        }
    }
}

/// The settings of a representation by units.
///
/// | setting | default |
/// |---|---|
/// | [`tokenizer`](Self::tokenizer) | the original's words ([`Words`](crate::Words)) |
/// | [`positions`](Self::positions) | a bag of words: equal units are one feature |
/// | [`mask`](Self::mask) | [`Removal`](crate::Removal) in a bag of words, [`MaskString`](crate::MaskString) ("UNKWORDZ") with positions, whatever the tokenizer |
/// | [`units_within`](Self::units_within) | all units are features |
pub struct DocumentBuilder<'a> {
    text: &'a str,
    settings: Settings<'a>,
    within: Option<Vec<Range<usize>>>,
}

impl<'a> DocumentBuilder<'a> {
    pub(crate) fn new(text: &'a str, settings: Settings<'a>) -> Self {
        Self { text, settings, within: None }
    }

    /// What the units are.
    #[must_use]
    pub fn tokenizer(mut self, tokenizer: impl Tokenizer + 'a) -> Self {
        self.settings = self.settings.tokenizer(tokenizer);
        self
    }

    /// What stands where a unit is hidden.
    #[must_use]
    pub fn mask(mut self, mask: impl Mask + 'a) -> Self {
        self.settings = self.settings.mask(mask);
        self
    }

    /// Every unit is a feature of its own, so that a word may count at one place and not at another: the original's
    /// `bow=False`.
    #[must_use]
    pub fn positions(mut self) -> Self {
        self.settings = self.settings.positions();
        self
    }

    /// Only units that lie inside one of these ranges of bytes are features; all others are shown in every sample, equal ones
    /// in a bag of words too. The explanation says so: see [`frozen`](Representation::frozen).
    ///
    /// ```
    /// use lime_text::Document;
    /// let document: Document = Document::builder("good plot, good cast, long").units_within(&[0..9, 22..26]).build()?;
    /// assert_eq!(document.words(), ["good", "plot", "long"]);
    /// let mut text = String::new();
    /// document.write(|_| false, &mut text);
    /// assert_eq!(text, " , good cast, ");
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    #[must_use]
    pub fn units_within(mut self, ranges: &[Range<usize>]) -> Self {
        self.within = Some(ranges.to_vec());
        self
    }

    /// Cuts the text up.
    ///
    /// # Errors
    /// [`Error::NoUnits`] where there is nothing to hide, [`Error::Unit`] where the tokenizer gives what is no part of the
    /// text, [`Error::Within`] for a range beyond its end; whatever the tokenizer and the mask say.
    pub fn build<F: Real>(self) -> Result<Document<F>, BoxError> {
        let text = self.text;
        let mut units = self.settings.tokenizer.units(text)?;
        check(text, &units)?;
        let all = units.len();
        if let Some(ranges) = &self.within {
            retain_within(text, &mut units, ranges)?;
        }
        let kept = all - units.len();
        if units.is_empty() {
            return Err(Error::NoUnits { bytes: text.len() }.into());
        }
        let mut units_of: Vec<Vec<usize>> = Vec::new();
        let mut feature_of = Vec::with_capacity(units.len());
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (index, unit) in units.iter().enumerate() {
            let next = units_of.len();
            let feature =
                if self.settings.positions { next } else { *known.entry(&text[unit.clone()]).or_insert(next) };
            if feature == next {
                units_of.push(Vec::new());
            }
            units_of[feature].push(index);
            feature_of.push(feature);
        }
        let mask = self.settings.mask_or_default();
        let mask_of = units.iter().map(|unit| mask.mask(&text[unit.clone()])).collect::<Result<Vec<String>, _>>()?;
        let spliced = Spliced::new(text, &units, &mask_of);
        let space = Space::masks(units_of.len());
        let characters = characters(text, &units);
        Ok(Document { text: text.to_string(), units, characters, feature_of, spliced, units_of, kept, space })
    }
}

impl std::fmt::Debug for DocumentBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentBuilder")
            .field("text", &self.text)
            .field("positions", &self.settings.positions)
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}

/// Leaves the units that lie inside one of the ranges. Units are in ascending order.
fn retain_within(text: &str, units: &mut Vec<Range<usize>>, ranges: &[Range<usize>]) -> Result<(), Error> {
    for (index, range) in ranges.iter().enumerate() {
        if range.end > text.len() {
            return Err(Error::Within { index, range: range.clone(), bytes: text.len() });
        }
    }
    let mut sorted = ranges.to_vec();
    sorted.sort_by_key(|range| range.start);
    // Of the ranges that begin no later than the unit, the one that goes farthest holds it or none does.
    let (mut next, mut end) = (0, 0);
    units.retain(|unit| {
        while let Some(range) = sorted.get(next).filter(|range| range.start <= unit.start) {
            end = end.max(range.end);
            next += 1;
        }
        unit.end <= end
    });
    Ok(())
}

/// Places in bytes as places in characters (code points).
fn characters(text: &str, units: &[Range<usize>]) -> Vec<Range<usize>> {
    let (mut bytes, mut characters) = (0, 0);
    let mut to = |place: usize| {
        characters += text[bytes..place].chars().count();
        bytes = place;
        characters
    };
    units.iter().map(|unit| to(unit.start)..to(unit.end)).collect()
}
