//! What the surroundings suggest.

use lime_core::BoxError;

use super::segment_mean::means;
use crate::{Fill, Image, Segments};

/// Hidden superpixels are filled from their border: the values inside a superpixel solve Laplace's equation, with the pixels
/// around it as the boundary condition (harmonic inpainting: Chan and Shen, "Mathematical models for local nontexture
/// inpaintings", SIAM J. Appl. Math. 62(3), 2002). Light and colour run from side to side without an edge, and nothing of
/// what was there is left.
///
/// Every filled value is the mean of its neighbours above, below, left and right; at the edge of the picture, of those there
/// are. So it lies between the least and the greatest value around the superpixel. Each superpixel is filled as if it alone were
/// hidden: its border are the pixels of the picture itself. One that is the whole picture has no border, and takes its mean.
///
/// Solved by conjugate gradients, preconditioned by the modified incomplete Cholesky factorisation without fill (Gustafsson,
/// BIT 18, 1978; the parameters are Bridson's, "Fluid simulation for computer graphics", 2008, section 4.3), until no value
/// differs from the mean of its neighbours by more than 1e-8 of the spread around the superpixel. A superpixel of n pixels and diameter D
/// takes O(n) a step, channel by channel, and steps that grow with the square root of D: 270 of them for a disc 800 pixels across.
///
/// ```
/// use lime_image::{Fill, Image, Inpaint, Segments};
///
/// let image = Image::from_u8(1, 5, 1, &[10, 255, 0, 255, 50])?;
/// let segments = Segments::new(1, 5, &[0, 1, 1, 1, 2])?;
/// let filled = Inpaint.fill(&image, &segments)?;
/// for (found, expected) in filled.values().iter().zip([255.0, 20.0, 30.0, 40.0, 255.0]) {
///     assert!((found - expected).abs() < 1e-4);
/// }
/// # Ok::<(), lime_core::BoxError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Inpaint;

/// The residual at which a solution is good, as part of the spread of the values around a superpixel.
const TOLERANCE: f64 = 1e-8;

impl Fill for Inpaint {
    fn fill(&self, image: &Image, segments: &Segments) -> Result<Image, BoxError> {
        segments.fit(image)?;
        let channels = image.channels();
        if segments.count() == 1 {
            let mean: Vec<f32> = means(image, segments).iter().map(|&mean| mean as f32).collect();
            return Ok(image.with_values(mean.iter().copied().cycle().take(image.values().len()).collect()));
        }
        let mut values = image.values().to_vec();
        let members = Members::of(segments);
        for superpixel in 0..segments.count() {
            let pixels = members.pixels(superpixel);
            let region = Region::new(segments, &members, superpixel);
            for channel in 0..channels {
                let solution = region.solve(|pixel| f64::from(image.values()[pixel as usize * channels + channel]));
                for (&pixel, value) in pixels.iter().zip(solution) {
                    values[pixel as usize * channels + channel] = value as f32;
                }
            }
        }
        Ok(image.with_values(values))
    }
}

/// The pixels of every superpixel, in rows from the top.
struct Members {
    pixels: Vec<u32>,
    starts: Vec<usize>,
    /// For every pixel, which of its superpixel it is.
    number: Vec<u32>,
}

impl Members {
    fn of(segments: &Segments) -> Self {
        let mut starts = vec![0; segments.count() + 1];
        for superpixel in 0..segments.count() {
            starts[superpixel + 1] = starts[superpixel] + segments.pixels(superpixel);
        }
        let mut next = starts.clone();
        let mut pixels = vec![0; segments.labels().len()];
        let mut number = vec![0; segments.labels().len()];
        // A picture has no more pixels than a u32 counts.
        for (pixel, &label) in segments.labels().iter().enumerate() {
            let label = label as usize;
            pixels[next[label]] = pixel as u32;
            number[pixel] = (next[label] - starts[label]) as u32;
            next[label] += 1;
        }
        Self { pixels, starts, number }
    }

    fn pixels(&self, superpixel: usize) -> &[u32] {
        &self.pixels[self.starts[superpixel]..self.starts[superpixel + 1]]
    }
}

/// No unknown on this side.
const NONE: u32 = u32::MAX;

/// The equations of one superpixel: for each of its pixels, (number of neighbours) value - (sum of neighbours inside) = (sum of
/// neighbours outside). Symmetric, and positive definite as every piece of a superpixel has a border.
struct Region {
    /// The neighbours inside, by their number: left, above, right, below.
    inside: Vec<[u32; 4]>,
    /// The number of neighbours, inside or not.
    neighbours: Vec<f64>,
    /// Pixels outside, each with the number of the pixel it touches.
    border: Vec<(u32, u32)>,
    /// One over the diagonal of the factor.
    preconditioner: Vec<f64>,
}

impl Region {
    fn new(segments: &Segments, members: &Members, superpixel: usize) -> Self {
        let (height, width) = (segments.height(), segments.width());
        let pixels = members.pixels(superpixel);
        let mut inside = Vec::with_capacity(pixels.len());
        let mut neighbours = Vec::with_capacity(pixels.len());
        let mut border = Vec::new();
        for (number, &pixel) in pixels.iter().enumerate() {
            let pixel = pixel as usize;
            let (row, column) = (pixel / width, pixel % width);
            let sides = [
                (column > 0).then(|| pixel - 1),
                (row > 0).then(|| pixel - width),
                (column + 1 < width).then_some(pixel + 1),
                (row + 1 < height).then_some(pixel + width),
            ];
            let mut own = [NONE; 4];
            for (own, side) in own.iter_mut().zip(sides) {
                match side {
                    Some(side) if segments.labels()[side] as usize == superpixel => *own = members.number[side],
                    Some(side) => border.push((side as u32, number as u32)),
                    None => {}
                }
            }
            inside.push(own);
            neighbours.push(sides.iter().flatten().count() as f64);
        }
        let mut region = Self { inside, neighbours, border, preconditioner: Vec::new() };
        region.factorise();
        region
    }

    /// The modified incomplete Cholesky factor: as sparse as the equations, and what fill there would be added to the diagonal.
    fn factorise(&mut self) {
        const MODIFIED: f64 = 0.97;
        const SAFETY: f64 = 0.25;
        let entry = |at: u32| if at == NONE { 0.0 } else { 1.0 };
        let mut factor: Vec<f64> = Vec::with_capacity(self.inside.len());
        for ([left, above, ..], &diagonal) in self.inside.iter().zip(&self.neighbours) {
            let mut e = diagonal;
            for (&before, other) in [(left, 3), (above, 2)] {
                if before != NONE {
                    let (inverse, across) = (factor[before as usize], entry(self.inside[before as usize][other]));
                    e -= inverse * inverse * (1.0 + MODIFIED * across);
                }
            }
            if e < SAFETY * diagonal {
                e = diagonal;
            }
            factor.push(1.0 / e.sqrt());
        }
        self.preconditioner = factor;
    }

    /// The preconditioner's answer to a residual.
    fn precondition(&self, residual: &[f64], out: &mut [f64]) {
        for (at, ([left, above, ..], factor)) in self.inside.iter().zip(&self.preconditioner).enumerate() {
            let mut sum = residual[at];
            for &before in [left, above] {
                if before != NONE {
                    sum += self.preconditioner[before as usize] * out[before as usize];
                }
            }
            out[at] = sum * factor;
        }
        for (at, ([.., right, below], factor)) in self.inside.iter().zip(&self.preconditioner).enumerate().rev() {
            let mut sum = out[at];
            for &behind in [right, below] {
                if behind != NONE {
                    sum += factor * out[behind as usize];
                }
            }
            out[at] = sum * factor;
        }
    }

    /// The left side of the equations.
    fn apply(&self, values: &[f64], out: &mut [f64]) {
        for (((sides, &neighbours), &value), out) in self.inside.iter().zip(&self.neighbours).zip(values).zip(out) {
            let mut sum = neighbours * value;
            for &side in sides {
                if side != NONE {
                    sum -= values[side as usize];
                }
            }
            *out = sum;
        }
    }

    /// The values inside, in the order of the superpixel's pixels, for values of the picture.
    fn solve(&self, picture: impl Fn(u32) -> f64) -> Vec<f64> {
        let unknowns = self.inside.len();
        let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
        for &(pixel, _) in &self.border {
            least = least.min(picture(pixel));
            greatest = greatest.max(picture(pixel));
        }
        let middle = (least + greatest) / 2.0;
        let mut values = vec![middle; unknowns];
        // What the border says beyond the middle is what is left of the equations.
        let mut residual = vec![0.0; unknowns];
        for &(pixel, number) in &self.border {
            residual[number as usize] += picture(pixel) - middle;
        }
        let tolerance = TOLERANCE * (greatest - least);
        let mut towards = vec![0.0; unknowns];
        self.precondition(&residual, &mut towards);
        let mut direction = towards.clone();
        let mut product = dot(&residual, &towards);
        let mut image = vec![0.0; unknowns];
        // In exact arithmetic there are no more steps than unknowns.
        for _ in 0..unknowns + 50 {
            if residual.iter().zip(&self.neighbours).all(|(left, neighbours)| left.abs() <= tolerance * neighbours) {
                break;
            }
            self.apply(&direction, &mut image);
            let step = product / dot(&direction, &image);
            for (((value, left), &along), &image) in values.iter_mut().zip(&mut residual).zip(&direction).zip(&image) {
                *value += step * along;
                *left -= step * image;
            }
            self.precondition(&residual, &mut towards);
            let next = dot(&residual, &towards);
            let turn = next / product;
            product = next;
            for (along, &towards) in direction.iter_mut().zip(&towards) {
                *along = towards + turn * *along;
            }
        }
        // Between the ends, as the solution is.
        values.iter_mut().for_each(|value| *value = value.clamp(least, greatest));
        values
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
