//! A text by its units.

use std::collections::HashMap;
use std::ops::Range;

use lime_core::{BoxError, Detail, Details, Draw, Real, Representation, Space};

use crate::settings::Settings;
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
    /// The feature of each unit, and what stands for it where it is hidden.
    feature_of: Vec<usize>,
    mask_of: Vec<String>,
    /// The text and what stands for its units once more, where all of it is ASCII.
    ascii: Option<Ascii>,
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
        let hidden = self.feature_of.iter().enumerate().filter(|&(_, &feature)| !shown(feature));
        self.write_without(hidden.map(|(unit, _)| unit), out);
    }

    /// The text with these units hidden, in ascending order. Whatever lies between two of them is copied at once.
    fn write_without(&self, hidden: impl Iterator<Item = usize>, out: &mut String) {
        out.clear();
        let mut from = 0;
        // `for_each` is what nested iterators are fast in.
        let Some(ascii) = &self.ascii else {
            hidden.for_each(|unit| {
                out.push_str(&self.text[from..self.units[unit].start]);
                out.push_str(&self.mask_of[unit]);
                from = self.units[unit].end;
            });
            return out.push_str(&self.text[from..]);
        };
        let mut bytes = std::mem::take(out).into_bytes();
        bytes.resize(ascii.room, 0);
        let mut end = 0;
        hidden.for_each(|unit| {
            let place = &self.units[unit];
            end = put(&ascii.text, from..place.start, &mut bytes, end);
            if let Some(mask) = ascii.masks_at.get(unit) {
                end = put(&ascii.masks, mask.clone(), &mut bytes, end);
            }
            from = place.end;
        });
        end = put(&ascii.text, from..self.text.len(), &mut bytes, end);
        bytes.truncate(end);
        // What is put together from ASCII is UTF-8, so that nothing is ever replaced.
        *out = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    }
}

/// The bytes that are copied at once where a piece is no longer.
const BLOCK: usize = 32;

/// Bytes to put samples together from: they need no look at where characters begin, and pieces are short, so that most are one
/// copy of a fixed size.
#[derive(Debug, Clone)]
struct Ascii {
    /// The text, and a block behind it.
    text: Vec<u8>,
    /// What stands for each unit, one after the other, and a block behind them; nothing where nothing stands for any.
    masks: Vec<u8>,
    masks_at: Vec<Range<usize>>,
    /// The bytes that the longest sample needs, and a block.
    room: usize,
}

impl Ascii {
    /// None where something is not ASCII.
    fn of(text: &str, mask_of: &[String]) -> Option<Self> {
        if !text.is_ascii() || !mask_of.iter().all(|mask| mask.is_ascii()) {
            return None;
        }
        let (mut masks, mut masks_at) = (Vec::new(), Vec::new());
        for mask in mask_of {
            masks_at.push(masks.len()..masks.len() + mask.len());
            masks.extend_from_slice(mask.as_bytes());
        }
        if masks.is_empty() {
            masks_at.clear();
        }
        let room = text.len() + masks.len() + BLOCK;
        masks.extend([0; BLOCK]);
        Some(Self { text: [text.as_bytes(), &[0; BLOCK]].concat(), masks, masks_at, room })
    }
}

/// Writes a piece of `from` at a place of `out`, and gives the place behind it.
#[inline]
fn put(from: &[u8], piece: Range<usize>, out: &mut [u8], at: usize) -> usize {
    let end = at + piece.len();
    if piece.len() <= BLOCK {
        out[at..at + BLOCK].copy_from_slice(&from[piece.start..piece.start + BLOCK]);
    } else {
        out[at..end].copy_from_slice(&from[piece]);
    }
    end
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
        let (rows, half) = (draw.rows(), F::of(0.5));
        if rows == 0 {
            return Ok(());
        }
        // For every 64 units a word a row, whose bits say which are hidden: columns of z' are read along.
        let mut words = vec![0u64; rows * self.units.len().div_ceil(64)];
        for (words, features) in words.chunks_exact_mut(rows).zip(self.feature_of.chunks(64)) {
            for (bit, &feature) in features.iter().enumerate() {
                for (word, &z) in words.iter_mut().zip(draw.z.column(feature).as_slice()) {
                    *word |= u64::from(z <= half) << bit;
                }
            }
        }
        for (row, text) in batch.iter_mut().skip(at).take(rows).enumerate() {
            let of_row = words.iter().skip(row).step_by(rows).enumerate();
            self.write_without(of_row.flat_map(|(index, &word)| Bits(word).map(move |bit| 64 * index + bit)), text);
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
        let ascii = Ascii::of(text, &mask_of);
        let space = Space::masks(units_of.len());
        let characters = characters(text, &units);
        Ok(Document { text: text.to_string(), units, characters, feature_of, mask_of, ascii, units_of, kept, space })
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

/// The places of the bits that are set, from the lowest.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = self.0.trailing_zeros();
        self.0 &= self.0.wrapping_sub(1);
        (bit < 64).then_some(bit as usize)
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
