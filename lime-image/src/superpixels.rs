//! A picture by its superpixels.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use lime_core::{BoxError, Details, Draw, Real, Representation, Space};

use crate::batch::Written;
use crate::fill::same_shape;
use crate::{Element, Fill, Image, ImageBatch, Layout, Scale, SegmentMean, Segmenter, Segments};

/// One picture by its superpixels: z' says which are shown (1) and which are hidden (0), where another picture shows.
///
/// `F` is the type of the explainer's arithmetic, `T` that of the model's input ([`Element`]). Both follow from the explainer
/// and the model it is given to.
///
/// Whatever there is to compute is computed once: what a sample costs is the copying of what differs from the picture that stood
/// at its place in the batch before.
///
/// ```
/// use lime_core::model_fn;
/// use lime_image::{Image, ImageBatch, Segments, Superpixels, explainer};
/// use nalgebra::DMatrix;
///
/// // The brightness of the left column is all that counts.
/// let image = Image::from_u8(2, 3, 1, &[90, 20, 30, 110, 50, 60])?;
/// let columns = Segments::new(2, 3, &[0, 1, 2, 0, 1, 2])?;
/// let superpixels = Superpixels::builder(&image).segmenter(columns).fill(image_of(0, &image)?).build()?;
/// let model = model_fn(|batch: &ImageBatch<u8>| {
///     DMatrix::from_iterator(batch.len(), 1, batch.images().map(|image| f64::from(image[0]) + f64::from(image[3])))
/// });
/// let explanation = explainer().explain(&superpixels, &model)?;
/// let weights = explanation.targets[0].dense(3);
/// assert!(weights[0] > 190.0 && weights[1].abs() < 5.0 && weights[2].abs() < 5.0, "{weights:?}");
///
/// /// A picture of one value.
/// fn image_of(value: u8, like: &Image) -> Result<Image, lime_image::Error> {
///     Image::from_u8(like.height(), like.width(), like.channels(), &vec![value; like.values().len()])
/// }
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug)]
pub struct Superpixels<F: Real = f64, T: Element = f32> {
    segments: Segments,
    space: Space<F>,
    layout: Layout,
    channels: usize,
    /// The picture and its fill, as the model takes them.
    shown: Vec<T>,
    hidden: Vec<T>,
    /// Where the values of superpixels lie, in the order they lie in; in the first of the planes where the layout has several.
    runs: Vec<Run>,
    /// The runs that are written together.
    stretches: Vec<Range<usize>>,
    /// What batches call this representation: no two have the same.
    id: u64,
}

/// No two representations share a number, so that a batch which went through several is written in full where it must be.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl Superpixels {
    /// Starts the representation of a picture.
    pub fn builder(image: &Image) -> SuperpixelsBuilder<'_> {
        SuperpixelsBuilder::new(image)
    }
}

impl<F: Real, T: Element> Superpixels<F, T> {
    /// The superpixels.
    pub fn segments(&self) -> &Segments {
        &self.segments
    }

    /// The picture as the model takes it, in the layout of [`layout`](Self::layout).
    pub fn shown(&self) -> &[T] {
        &self.shown
    }

    /// The picture with every superpixel hidden, as the model takes it.
    pub fn hidden(&self) -> &[T] {
        &self.hidden
    }

    /// How numbers lie in batches.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Writes the pictures in which the superpixels of each mask are shown, (pictures, words): stretch by stretch through all
    /// pictures, so that what is copied from stays in the nearest cache.
    fn write(&self, batch: &mut ImageBatch<T>, at: usize, masks: &[u64]) {
        let words = self.words();
        let size = self.shown.len();
        let (planes, pixels) = match self.layout {
            Layout::Nhwc => (1, 0),
            Layout::Nchw => (self.channels, self.segments.labels().len()),
        };
        let (values, written) = batch.places(at..at + masks.len() / words);
        // What differs from what stands there: everything, where that is not known.
        let mut changed = Vec::with_capacity(masks.len());
        for (mask, written) in masks.chunks_exact(words).zip(&mut *written) {
            if written.by == self.id {
                changed.extend(mask.iter().zip(&written.mask).map(|(new, old)| new ^ old));
            } else {
                changed.extend(std::iter::repeat_n(u64::MAX, words));
                *written = Written { by: self.id, mask: vec![0; words] };
            }
            written.mask.copy_from_slice(mask);
        }
        for stretch in &self.stretches {
            for ((values, mask), changed) in
                values.chunks_exact_mut(size).zip(masks.chunks_exact(words)).zip(changed.chunks_exact(words))
            {
                for run in &self.runs[stretch.clone()] {
                    if changed[run.word] & run.bit != 0 {
                        let from = if mask[run.word] & run.bit != 0 { &self.shown } else { &self.hidden };
                        for plane in 0..planes {
                            let at = plane * pixels + run.values.start..plane * pixels + run.values.end;
                            values[at.clone()].copy_from_slice(&from[at]);
                        }
                    }
                }
            }
        }
    }

    /// The number of words in a mask.
    fn words(&self) -> usize {
        self.segments.count().div_ceil(64)
    }

    fn all(&self) -> Vec<u64> {
        let mut mask = vec![0; self.words()];
        for superpixel in 0..self.segments.count() {
            mask[superpixel / 64] |= 1 << (superpixel % 64);
        }
        mask
    }
}

impl<F: Real, T: Element> Representation<F> for Superpixels<F, T> {
    type Batch = ImageBatch<T>;

    fn space(&self) -> &Space<F> {
        &self.space
    }

    fn names(&self) -> Vec<String> {
        self.segments.ids().iter().map(|id| format!("superpixel {id}")).collect()
    }

    fn kind(&self) -> &str {
        "image"
    }

    fn details(&self) -> Details {
        Details::new()
            .with("height", self.segments.height())
            .with("width", self.segments.width())
            .with("segments", self.segments.count())
    }

    fn feature_details(&self, feature: usize) -> Details {
        let Some(bounds) = self.segments.bounds(feature) else { return Details::new() };
        let bounds = Details::new()
            .with("top", bounds.top)
            .with("left", bounds.left)
            .with("height", bounds.height)
            .with("width", bounds.width);
        Details::new().with("pixels", self.segments.pixels(feature)).with("bounds", bounds)
    }

    fn allocate(&self, rows: usize) -> ImageBatch<T> {
        ImageBatch::new(rows, self.segments.height(), self.segments.width(), self.channels, self.layout)
    }

    fn resize(&self, batch: &mut ImageBatch<T>, rows: usize) {
        let same = [batch.height(), batch.width(), batch.channels()]
            == [self.segments.height(), self.segments.width(), self.channels];
        if same && batch.layout() == self.layout {
            batch.resize(rows);
        } else {
            *batch = self.allocate(rows);
        }
    }

    fn restore(&self, draw: &Draw<F>, batch: &mut ImageBatch<T>, at: usize) -> Result<(), BoxError> {
        let words = self.words();
        let mut masks = vec![0_u64; draw.rows() * words];
        let half = F::from_f64(0.5).unwrap_or_else(F::one);
        for (superpixel, column) in draw.z.column_iter().enumerate() {
            let (word, bit) = (superpixel / 64, superpixel % 64);
            for (row, &z) in column.iter().enumerate() {
                masks[row * words + word] |= u64::from(z > half) << bit;
            }
        }
        self.write(batch, at, &masks);
        for &row in &draw.instance {
            self.instance(batch, at + row)?;
        }
        Ok(())
    }

    fn instance(&self, batch: &mut ImageBatch<T>, at: usize) -> Result<(), BoxError> {
        self.write(batch, at, &self.all());
        Ok(())
    }
}

/// The settings of a representation by superpixels.
///
/// | setting | default |
/// |---|---|
/// | [`segmenter`](Self::segmenter) | quick shift ([`Quickshift`](crate::Quickshift)) |
/// | [`fill`](Self::fill) | the mean of each superpixel ([`SegmentMean`]) |
/// | [`layout`](Self::layout) | [`Layout::Nhwc`] |
/// | [`scale`](Self::scale) | the picture's own values ([`Scale::raw`]) |
pub struct SuperpixelsBuilder<'a> {
    image: &'a Image,
    segmenter: Box<dyn Segmenter + 'a>,
    fill: Box<dyn Fill + 'a>,
    layout: Layout,
    scale: Scale,
}

impl<'a> SuperpixelsBuilder<'a> {
    fn new(image: &'a Image) -> Self {
        Self {
            image,
            segmenter: Box::new(crate::Quickshift::default()),
            fill: Box::new(SegmentMean::new()),
            layout: Layout::default(),
            scale: Scale::default(),
        }
    }

    /// How the picture is cut into superpixels: any [`Segmenter`], a label map ([`Segments`]) among them.
    #[must_use]
    pub fn segmenter(mut self, segmenter: impl Segmenter + 'a) -> Self {
        self.segmenter = Box::new(segmenter);
        self
    }

    /// What stands where a superpixel is hidden: any [`Fill`], another [`Image`] among them.
    #[must_use]
    pub fn fill(mut self, fill: impl Fill + 'a) -> Self {
        self.fill = Box::new(fill);
        self
    }

    /// How the model's numbers lie.
    #[must_use]
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// What numbers the model takes.
    #[must_use]
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = scale;
        self
    }

    /// Cuts the picture up and fills it.
    ///
    /// # Errors
    /// Whatever the segmenter or the fill says; superpixels or a fill of another size than the picture; a scale for other
    /// channels.
    pub fn build<F: Real, T: Element>(self) -> Result<Superpixels<F, T>, BoxError> {
        let image = self.image;
        let segments = self.segmenter.segment(image)?;
        segments.fit(image)?;
        let fill = self.fill.fill(image, &segments)?;
        same_shape(image, &fill)?;
        let element = |image: &Image| -> Result<Vec<T>, BoxError> {
            let values: Vec<T> = self.scale.apply(image)?.into_iter().map(T::from_value).collect();
            Ok(match self.layout {
                Layout::Nhwc => values,
                Layout::Nchw => planes(&values, image.channels()),
            })
        };
        let runs = runs(&segments, image.channels(), self.layout);
        Ok(Superpixels {
            space: Space::masks(segments.count()),
            layout: self.layout,
            channels: image.channels(),
            shown: element(image)?,
            hidden: element(&fill)?,
            stretches: stretches::<T>(&runs),
            runs,
            segments,
            id: NEXT.fetch_add(1, Ordering::Relaxed),
        })
    }
}

impl std::fmt::Debug for SuperpixelsBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SuperpixelsBuilder")
            .field("layout", &self.layout)
            .field("scale", &self.scale)
            .finish_non_exhaustive()
    }
}

/// (h, w, c) to (c, h, w).
fn planes<T: Copy>(values: &[T], channels: usize) -> Vec<T> {
    (0..channels).flat_map(|channel| values.iter().skip(channel).step_by(channels).copied()).collect()
}

/// Values that lie together and are of one superpixel.
#[derive(Debug, Clone)]
struct Run {
    values: Range<usize>,
    /// The superpixel's place in a mask.
    word: usize,
    bit: u64,
}

/// The runs of a picture of the model, in order; of the first plane where it has several.
fn runs(segments: &Segments, channels: usize, layout: Layout) -> Vec<Run> {
    let depth = match layout {
        Layout::Nhwc => channels,
        Layout::Nchw => 1,
    };
    let mut start = 0;
    // A run may go on in the next row: rows lie one behind the other.
    let runs = segments.labels().chunk_by(|a, b| a == b).map(|pixels| {
        let (superpixel, first) = (pixels[0] as usize, start);
        start += pixels.len() * depth;
        Run { values: first..start, word: superpixel / 64, bit: 1 << (superpixel % 64) }
    });
    runs.collect()
}

/// Stretches of runs of about [`STRETCH`] bytes.
fn stretches<T>(runs: &[Run]) -> Vec<Range<usize>> {
    let mut stretches = Vec::new();
    let mut first = 0;
    for (last, run) in runs.iter().enumerate() {
        if (run.values.end - runs[first].values.start) * size_of::<T>() >= STRETCH || last + 1 == runs.len() {
            stretches.push(first..last + 1);
            first = last + 1;
        }
    }
    stretches
}

/// A row or some of a picture and of its fill, in a cache of 32 KiB.
const STRETCH: usize = 4_096;
