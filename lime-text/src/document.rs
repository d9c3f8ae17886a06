//! A text by its units.

use std::collections::HashMap;
use std::ops::Range;

use lime_core::{BoxError, Detail, Details, Draw, Real, Representation, Space};

use crate::tokenizer::check;
use crate::{Error, Mask, MaskString, Removal, Tokenizer, Words};

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
    /// The feature of each unit, and what stands for it where it is hidden.
    feature_of: Vec<usize>,
    mask_of: Vec<String>,
    /// The units of each feature.
    units_of: Vec<Vec<usize>>,
    space: Space<F>,
}

impl Document {
    /// Starts the representation of a text.
    pub fn builder(text: &str) -> DocumentBuilder<'_> {
        DocumentBuilder { text, tokenizer: Box::new(Words), mask: None, positions: false }
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
        out.clear();
        // Whatever lies between two hidden units is copied at once.
        let mut from = 0;
        for ((unit, &feature), mask) in self.units.iter().zip(&self.feature_of).zip(&self.mask_of) {
            if !shown(feature) {
                out.push_str(&self.text[from..unit.start]);
                out.push_str(mask);
                from = unit.end;
            }
        }
        out.push_str(&self.text[from..]);
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

    fn resize(&self, batch: &mut Vec<String>, rows: usize) {
        batch.resize(rows, String::new());
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut Vec<String>, at: usize) -> Result<(), BoxError> {
        let half = F::of(0.5);
        let mut shown = vec![false; self.space.features()];
        for (row, text) in batch.iter_mut().skip(at).take(draw.rows()).enumerate() {
            for (feature, shown) in shown.iter_mut().enumerate() {
                *shown = draw.z[(row, feature)] > half;
            }
            self.write(|feature| shown[feature], text);
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

/// The settings of a representation by units.
///
/// | setting | default |
/// |---|---|
/// | [`tokenizer`](Self::tokenizer) | the original's words ([`Words`]) |
/// | [`positions`](Self::positions) | a bag of words: equal units are one feature |
/// | [`mask`](Self::mask) | [`Removal`] in a bag of words, [`MaskString`] with positions |
pub struct DocumentBuilder<'a> {
    text: &'a str,
    tokenizer: Box<dyn Tokenizer + 'a>,
    mask: Option<Box<dyn Mask + 'a>>,
    positions: bool,
}

impl<'a> DocumentBuilder<'a> {
    /// What the units are.
    #[must_use]
    pub fn tokenizer(mut self, tokenizer: impl Tokenizer + 'a) -> Self {
        self.tokenizer = Box::new(tokenizer);
        self
    }

    /// What stands where a unit is hidden.
    #[must_use]
    pub fn mask(mut self, mask: impl Mask + 'a) -> Self {
        self.mask = Some(Box::new(mask));
        self
    }

    /// Every unit is a feature of its own, so that a word may count at one place and not at another: the original's
    /// `bow=False`.
    #[must_use]
    pub fn positions(mut self) -> Self {
        self.positions = true;
        self
    }

    /// Cuts the text up.
    ///
    /// # Errors
    /// [`Error::NoUnits`] where there is nothing to hide, [`Error::Unit`] where the tokenizer gives what is no part of the
    /// text; whatever the tokenizer and the mask say.
    pub fn build<F: Real>(self) -> Result<Document<F>, BoxError> {
        let text = self.text;
        let units = self.tokenizer.units(text)?;
        check(text, &units)?;
        if units.is_empty() {
            return Err(Error::NoUnits { bytes: text.len() }.into());
        }
        let mut units_of: Vec<Vec<usize>> = Vec::new();
        let mut feature_of = Vec::with_capacity(units.len());
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (index, unit) in units.iter().enumerate() {
            let next = units_of.len();
            let feature = if self.positions { next } else { *known.entry(&text[unit.clone()]).or_insert(next) };
            if feature == next {
                units_of.push(Vec::new());
            }
            units_of[feature].push(index);
            feature_of.push(feature);
        }
        let mask: Box<dyn Mask + 'a> = match self.mask {
            Some(mask) => mask,
            None if self.positions => Box::new(MaskString::default()),
            None => Box::new(Removal),
        };
        let mask_of = units.iter().map(|unit| mask.mask(&text[unit.clone()])).collect::<Result<_, _>>()?;
        let space = Space::masks(units_of.len());
        let characters = characters(text, &units);
        Ok(Document { text: text.to_string(), units, characters, feature_of, mask_of, units_of, space })
    }
}

impl std::fmt::Debug for DocumentBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DocumentBuilder")
            .field("text", &self.text)
            .field("positions", &self.positions)
            .finish_non_exhaustive()
    }
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
