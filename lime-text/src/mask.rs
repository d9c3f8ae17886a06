//! What stands where a unit is hidden.

use lime_core::BoxError;

/// What stands where a unit is hidden.
///
/// It is asked once for each unit when a document is represented, not for each sample.
///
/// # A mask of one's own
/// As many asterisks as the unit has characters.
///
/// ```
/// use lime_core::BoxError;
/// use lime_text::Mask;
///
/// struct Asterisks;
///
/// impl Mask for Asterisks {
///     fn mask(&self, unit: &str) -> Result<String, BoxError> {
///         Ok("*".repeat(unit.chars().count()))
///     }
/// }
///
/// assert_eq!(Asterisks.mask("naïve")?, "*****");
/// # Ok::<(), BoxError>(())
/// ```
pub trait Mask: Send + Sync {
    /// What stands for a unit of the text where it is hidden.
    ///
    /// # Errors
    /// Where there is nothing that may stand for it: the error says why.
    fn mask(&self, unit: &str) -> Result<String, BoxError>;
}

macro_rules! forward_mask {
    ($($pointer:ty),*) => {$(
        impl<T: Mask + ?Sized> Mask for $pointer {
            fn mask(&self, unit: &str) -> Result<String, BoxError> {
                (**self).mask(unit)
            }
        }
    )*};
}

forward_mask!(&T, Box<T>, std::sync::Arc<T>);

/// Hidden units are left out; what lies between units stays. The original's way with a bag of words.
///
/// ```
/// use lime_text::{Mask, Removal};
/// assert_eq!(Removal.mask("word")?, "");
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removal;

impl Mask for Removal {
    fn mask(&self, _: &str) -> Result<String, BoxError> {
        Ok(String::new())
    }
}

/// A text in the place of every hidden unit. The original's way with positions; its texts are `UNKWORDZ` for words, the
/// default, and the character 0 for characters. Masked language models have their own (`[MASK]`).
///
/// ```
/// use lime_text::{Mask, MaskString};
/// assert_eq!(MaskString::default().mask("word")?, "UNKWORDZ");
/// assert_eq!(MaskString::new("[MASK]").mask("word")?, "[MASK]");
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskString(String);

impl MaskString {
    /// Any text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Default for MaskString {
    fn default() -> Self {
        Self::new("UNKWORDZ")
    }
}

impl Mask for MaskString {
    fn mask(&self, _: &str) -> Result<String, BoxError> {
        Ok(self.0.clone())
    }
}

/// A mask from a closure: what stands for a unit. For synonyms, word classes, or a token of the model's own.
///
/// ```
/// use lime_text::{Mask, mask_fn};
///
/// let tame = mask_fn(|unit| if unit == "great" { "fair".into() } else { "_".into() });
/// assert_eq!(tame.mask("great")?, "fair");
/// # Ok::<(), lime_core::BoxError>(())
/// ```
pub fn mask_fn<M>(mask: M) -> MaskFn<M>
where
    M: Fn(&str) -> String + Send + Sync,
{
    MaskFn { mask }
}

/// What [`mask_fn`] returns.
#[derive(Debug, Clone)]
pub struct MaskFn<M> {
    mask: M,
}

impl<M> Mask for MaskFn<M>
where
    M: Fn(&str) -> String + Send + Sync,
{
    fn mask(&self, unit: &str) -> Result<String, BoxError> {
        Ok((self.mask)(unit))
    }
}
