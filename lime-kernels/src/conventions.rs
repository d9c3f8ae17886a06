//! The kernels of the original and of its peers, under their names.

use std::f64::consts::SQRT_2;

use crate::{Cosine, Error, Exponential, Fixed, Interpretable, Original, Radial};

impl Radial<Interpretable<Cosine>, Exponential, Fixed> {
    /// The original's kernel for images: exponential on the cosine distance of masks, of width 0.25. A mask with k of d parts
    /// kept weighs exp(-8 (1 - sqrt(k / d))^2).
    ///
    /// ```
    /// use lime_core::{Block, Draw, First, Kernel, Origin, Space};
    /// use lime_kernels::Radial;
    /// let space = Space::masks(4);
    /// let mut draw = Draw::new(&space, 1);
    /// draw.z[(0, 0)] = 1.0;
    /// let block = Block::new(&draw, &(), 0);
    /// let mut weights = [0.0];
    /// Radial::for_images().at(Origin::new(space.origin(), &()), First::new(block))?.weigh(block, &mut weights)?;
    /// assert_eq!(weights, [(-2f64).exp()]);
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    pub fn for_images() -> Self {
        Self::new(Interpretable(Cosine), Exponential, Fixed(0.25))
    }

    /// The original's kernel for text: exponential on 100 times the cosine distance of masks, of width 25. The factor cancels,
    /// so it is [`for_images`](Self::for_images) under another name.
    pub fn for_text() -> Self {
        Self::for_images()
    }
}

impl<M> Radial<Original<M>, Exponential, Fixed> {
    /// captum's `get_exp_kernel_similarity_function` (0.9.0): exp(-d^2 / (2 width^2)) with a distance d between the model's
    /// inputs. Its modes are [`Cosine`], 1 - cos, and [`Euclidean`](crate::Euclidean).
    ///
    /// | parameter | captum's default | range |
    /// |---|---|---|
    /// | metric | `Cosine` | |
    /// | width | 1 | finite, > 0 |
    ///
    /// captum computes the distance in f32.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_core::{Block, Draw, First, Kernel, Origin, Space};
    /// use lime_kernels::{Cosine, Euclidean, Radial};
    ///
    /// let (space, x, batch) = (Space::masks(1), dmatrix![1.0, 0.0], dmatrix![0.0, 2.0]);
    /// let draw = Draw::new(&space, 1);
    /// let (origin, block) = (Origin::new(space.origin(), &x), Block::new(&draw, &batch, 0));
    /// let mut weights = [0.0];
    /// Radial::captum(Cosine, 1.0)?.at(origin, First::new(block))?.weigh(block, &mut weights)?;
    /// assert_eq!(weights, [(-0.5f64).exp()]);
    /// Radial::captum(Euclidean, 1.0)?.at(origin, First::new(block))?.weigh(block, &mut weights)?;
    /// assert!((weights[0] - (-2.5f64).exp()).abs() < 1e-15);
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Width`] for a width that is not a finite number above 0.
    pub fn captum(metric: M, width: f64) -> Result<Self, Error> {
        Ok(Self::new(Original(metric), Exponential, Fixed::new(width)?))
    }

    /// xplique's kernel (2.0.2): exp(-d^2 / width^2) with a distance d between the model's inputs, which is
    /// [`captum`](Self::captum)'s of width / sqrt(2). Its modes are [`Euclidean`](crate::Euclidean) and [`Cosine`].
    ///
    /// | parameter | xplique's default | range |
    /// |---|---|---|
    /// | metric | `Euclidean` | |
    /// | width | 45 in its `Lime`, meant for colour images; 1 in its kernel | finite, > 0 |
    ///
    /// xplique's own cosine mode subtracts Keras's loss `cosine_similarity`, the negative cosine, from 1: it measures 1 + cos and
    /// weighs samples like the instance least. Here `Cosine` is 1 - cos.
    ///
    /// ```
    /// use lime_core::nalgebra::dmatrix;
    /// use lime_core::{Block, Draw, First, Kernel, Origin, Space};
    /// use lime_kernels::{Euclidean, Radial};
    ///
    /// let (space, x, batch) = (Space::masks(1), dmatrix![1.0, 0.0], dmatrix![4.0, 4.0]);
    /// let draw = Draw::new(&space, 1);
    /// let (origin, block) = (Origin::new(space.origin(), &x), Block::new(&draw, &batch, 0));
    /// let mut weights = [0.0];
    /// Radial::xplique(Euclidean, 45.0)?.at(origin, First::new(block))?.weigh(block, &mut weights)?;
    /// assert!((weights[0] - (-25.0 / 2025f64).exp()).abs() < 1e-15);
    /// # Ok::<(), lime_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Width`] for a width that is not a finite number above 0.
    pub fn xplique(metric: M, width: f64) -> Result<Self, Error> {
        Ok(Self::new(Original(metric), Exponential, Fixed::new(Fixed::new(width)?.0 / SQRT_2)?))
    }
}
